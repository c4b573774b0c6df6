"""What each operation takes: the parameters, validated before anything else happens."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.errors import Invalid
from services.models import State

P = TypeVar("P", bound=BaseModel)

MAX_WATCH_S = 55.0
"""Longest long poll; below the minute after which proxies commonly hang up."""
MAX_WRITE_CHARS = 64 * 1024

ConsoleName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]
ServiceName = Annotated[str, Field(min_length=1, max_length=200)]
WaitSeconds = Annotated[float, Field(ge=0, le=MAX_WATCH_S)]


class Params(BaseModel):
    """Parameters of one operation; a name that is not theirs is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoParams(Params):
    """For operations that take nothing."""


class ListServices(Params):
    """Which services to list; all of them without a filter."""

    filter: str = Field("", max_length=200, description="Part of a name, title or description.")
    state: State | None = Field(None, description="Only services in this state.")


class OneService(Params):
    """One service by its exact name."""

    name: ServiceName = Field(description="Exact name, such as hero_books.")


class ChangeService(OneService):
    """One service to start, stop or restart."""

    wait: bool = Field(True, description="Answer only when the end is seen, at most 15 s later.")


class Watch(Params):
    """The revision that the caller already has."""

    since: int = Field(0, ge=0, description="Answer once the revision is greater than this one.")
    timeout_s: WaitSeconds = Field(
        25.0, description="Answer after this many seconds at the latest."
    )


class OpenConsole(Params):
    """Which console to open, and where it leads."""

    name: ConsoleName | None = Field(None, description="Its name; made from the VM's without one.")
    vm: str | None = Field(
        None, max_length=64, description="Identifier of the VM; not needed when there is only one."
    )


class OneConsole(Params):
    """One open console by its name."""

    console: ConsoleName = Field(description="Name of an open console.")


class ReadConsole(OneConsole):
    """One console, and what the caller has seen of it."""

    since: int | None = Field(
        None, ge=0, description="Wait until the revision is greater; answer at once without it."
    )
    timeout_s: WaitSeconds = Field(25.0, description="Longest wait in seconds.")


class WriteConsole(OneConsole):
    """What to type into a console: either text or bytes."""

    text: str | None = Field(None, max_length=MAX_WRITE_CHARS, description="Sent as UTF-8.")
    data_base64: str | None = Field(
        None, max_length=2 * MAX_WRITE_CHARS, description="Bytes in Base64, sent as they are."
    )


class ResizeConsole(OneConsole):
    """A console and its new size."""

    rows: int = Field(ge=2, le=500)
    columns: int = Field(ge=2, le=1000)


def read_params(model: type[P], given: Mapping[str, Any] | Sequence[Any] | None) -> P:
    """Make a `model` of what came over a wire, by name or in the order of its fields.

    Raises Invalid in words that name the parameter and what is known, never its value.
    """
    try:
        return model.model_validate(_by_name(model, given))
    except ValidationError as error:
        raise Invalid(_explain(model, error)) from error


def _by_name(
    model: type[BaseModel], given: Mapping[str, Any] | Sequence[Any] | None
) -> Mapping[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    names = list(model.model_fields)
    if len(given) > len(names):
        raise Invalid(f"Too many parameters: {len(given)} given; {_known(names)}")
    return dict(zip(names, given, strict=False))


def _explain(model: type[BaseModel], error: ValidationError) -> str:
    sentences = [_sentence(model, problem["type"], problem) for problem in error.errors()[:5]]
    return " ".join(sentences)


def _sentence(model: type[BaseModel], kind: str, problem: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"])[:60]
    names = list(model.model_fields)
    if kind == "extra_forbidden":
        return f"Unknown parameter {name!r}; {_known(names)}{did_you_mean(name, names)}"
    if kind == "missing":
        return f"The parameter {name} is missing; {_known(names)}"
    return f"The parameter {name} cannot be used: {_lowered(problem['msg'])}."


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _known(names: Sequence[str]) -> str:
    return f"known are: {', '.join(names)}." if names else "there are none."


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return ` Did you mean …?` when a known name looks like the given one, else nothing."""
    near = get_close_matches(name, names, n=3, cutoff=0.8)
    return f" Did you mean {' or '.join(near)}?" if near else ""

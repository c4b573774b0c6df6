"""What each operation takes: the parameters, validated before anything else happens."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    ValidationError,
)

from services.errors import Invalid

P = TypeVar("P", bound=BaseModel)

MAX_WATCH_S = 55.0
"""Longest long poll; below the minute after which proxies commonly hang up."""

ServiceName = Annotated[str, Field(min_length=1, max_length=200)]
WaitSeconds = Annotated[float, Field(ge=0, le=MAX_WATCH_S)]

REVEALED: Final[Mapping[str, bool]] = {"revealed": True}
"""Serialisation context of the one place that may write a secret out: the wire to the cockpit."""


def _written(value: SecretStr | None, info: SerializationInfo) -> str | None:
    if value is None:
        return None
    shown = isinstance(info.context, Mapping) and info.context.get("revealed") is True
    return value.get_secret_value() if shown else str(value)


Secret = Annotated[SecretStr, PlainSerializer(_written, when_used="json")]
"""A value that goes in and never comes out: `repr`, dumps and errors show stars."""
OptionalSecret = Annotated[SecretStr | None, PlainSerializer(_written, when_used="json")]


class Params(BaseModel):
    """Parameters of one operation; a name that is not theirs is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoParams(Params):
    """For operations that take nothing."""


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

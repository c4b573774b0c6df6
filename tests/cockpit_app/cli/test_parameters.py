"""What is typed becomes the operation's parameters; what cannot be used is wrong usage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from cockpit_app.cli.parameters import seconds, values_of
from cockpit_app.cli.root import root
from cockpit_app.rpc.server import rpc_app
from services.contract.key import SET_BYOK_KEY, TEST_BYOK_KEY
from services.contract.share import EXPOSE_SERVICE
from services.contract.upgrade import UPGRADE
from tests.cockpit_app.rpc.test_server import listening
from tests.cockpit_app.test_parity import Recording
from tests.services.daemons import short_directory


@asynccontextmanager
async def recording() -> AsyncIterator[tuple[Recording, Path]]:
    api = Recording()
    with short_directory() as folder:
        async with listening(rpc_app(api, version="1"), folder / "rpc.sock"):
            yield api, folder / "rpc.sock"


async def typed(*words: str, stdin: str = "") -> tuple[Recording, Result]:
    """Run a command in a thread against a cockpit that keeps what it is asked."""
    import asyncio

    async with recording() as (api, socket):
        arguments = [*words, "--socket", str(socket)]
        result = await asyncio.to_thread(CliRunner().invoke, root, arguments, input=stdin)
        return api, result


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1.5h", 5400), ("3d", 259200)],
)
def test_durations_are_typed_as_people_say_them(text: str, expected: float) -> None:
    assert seconds(text) == expected
    assert seconds("never") is None


@pytest.mark.parametrize("text", ["", "soon", "-5", "2 hours ago", "1e9h"])
def test_what_is_no_duration_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.UsageError, match="no duration"):
        seconds(text)


def test_a_duration_that_never_ends_is_given_as_null() -> None:
    given = {"service": "a", "subdomain": "b", "expires_in_s": "never", "people": ()}
    assert values_of(EXPOSE_SERVICE, given) == {
        "service": "a",
        "subdomain": "b",
        "expires_in_s": None,
    }


async def test_a_secret_is_read_from_standard_input_and_never_from_the_arguments() -> None:
    api, _ = await typed("keys", "set", "GROQ_API_KEY", stdin="gsk_from_a_pipe\n")
    ((operation, params),) = api.asked
    assert operation is SET_BYOK_KEY
    assert isinstance(params, SET_BYOK_KEY.params)
    assert params.value == SecretStr("gsk_from_a_pipe")
    api, result = await typed("keys", "set", "GROQ_API_KEY", "gsk_in_the_history")
    assert result.exit_code == 2
    assert api.asked == []


async def test_a_secret_that_may_be_left_out_is_asked_for_only_on_request() -> None:
    api, _ = await typed("keys", "test", "GROQ_API_KEY")
    assert api.asked == [(TEST_BYOK_KEY, TEST_BYOK_KEY.params(name="GROQ_API_KEY"))]
    api, _ = await typed("keys", "test", "GROQ_API_KEY", "--ask-value", stdin="gsk_other\n")
    assert getattr(api.asked[0][1], "value", None) == SecretStr("gsk_other")


async def test_several_names_stand_one_after_the_other() -> None:
    api, _ = await typed("upgrade", "start", "hero_books", "hero_biz", "--reinstall")
    assert api.asked == [
        (UPGRADE, UPGRADE.params(apps=("hero_books", "hero_biz"), reinstall=True)),
    ]


WRONG: list[tuple[Any, ...]] = [
    ("services", "list", "--state", "sleepy"),
    ("services", "logs", "hero_books", "--lines", "0"),
    ("services", "logs", "hero_books", "--lines", "many"),
    ("jobs", "show", "first"),
    ("shares", "open", "hero_books", "mik", "--expires-in", "soon"),
    ("audit", "search", "--since", "yesterday"),
    ("keys", "set", "no_such-name"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
async def test_a_value_that_cannot_be_used_is_wrong_usage(words: tuple[str, ...]) -> None:
    api, result = await typed(*words, stdin="x\n")
    assert result.exit_code == 2, result.output
    assert api.asked == []
    assert "Error: " in result.output


def test_the_help_names_the_choices() -> None:
    told = CliRunner().invoke(root, ["services", "list", "--help"]).output
    assert "crash_loop" in told

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.defaults import DEFAULTS
from services.hero.reports import Report
from services.models import Fact
from services.state.endpoints import MOST_PER_SERVICE, Sockets, summary
from services.wire.node import LocalNode
from tests.services.clocks import HandClock

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
GOOD, BAD = Fact(ok=True, at=AT), Fact(ok=False, at=AT)
OLD = Fact(ok=True, at=AT - timedelta(seconds=9))


def sockets_in(directory: Path, clock: HandClock | None = None) -> Sockets:
    return Sockets(LocalNode(), clock or HandClock(), directory, DEFAULTS)


DECLARED = [
    ("/run/x/web.sock", ["/run/x/web.sock"]),
    ("web", ["/s/hero_books/web.sock"]),
    ("web.sock", ["/s/hero_books/web.sock"]),
    ("hero_other/rpc.sock", ["/s/hero_other/rpc.sock"]),
    ("hero_other/rpc", ["/s/hero_other/rpc.sock"]),
    ("web_private", ["/s/hero_books/web_private.sock"]),
    ("/etc/passwd", []),
    ("../x.sock", []),
    ("/a/../x.sock", []),
    ("a\0.sock", []),
    ("", []),
    (".", []),
]


@pytest.mark.parametrize(("text", "paths"), DECLARED)
def test_a_declared_socket_is_a_path_or_a_kind_and_never_leads_elsewhere(
    text: str, paths: list[str]
) -> None:
    report = Report("hero_books_server", sockets=(text,))
    assert [str(p) for p in sockets_in(Path("/s")).of(report)] == paths


def test_doubles_and_floods_of_declarations_are_cut() -> None:
    sockets = sockets_in(Path("/s"))
    assert len(sockets.of(Report("x", sockets=("web", "web.sock", "x/web.sock")))) == 1
    many = tuple(f"k{n}" for n in range(100))
    assert len(sockets.of(Report("x", sockets=many))) == MOST_PER_SERVICE


async def test_the_usual_places_are_searched_again_after_a_while(sockets: Path) -> None:
    clock = HandClock()
    found, report = sockets_in(sockets, clock), Report("hero_books")
    await found.update([report])
    assert found.of(report) == ()
    (sockets / "hero_books").mkdir()
    (sockets / "hero_books" / "web.sock").touch()
    await found.update([report])
    assert found.of(report) == ()
    clock.advance(30)
    await found.update([report])
    assert found.of(report) == (sockets / "hero_books" / "web.sock",)
    await found.update([])
    assert found.of(report) == ()


SUMMARIES = [
    ([], None, "nothing to ask"),
    ([Fact()], None, "not checked yet"),
    ([Fact(ok=None, at=AT)], None, "nothing to ask"),
    ([GOOD, GOOD], True, "2 of 2 accept"),
    ([GOOD, BAD], False, "1 of 2 accept"),
    ([GOOD, Fact(ok=None, at=AT)], True, "1 of 1 accept"),
]


@pytest.mark.parametrize(("facts", "ok", "says"), SUMMARIES)
def test_several_facts_are_good_when_all_that_apply_are(
    facts: list[Fact], ok: bool | None, says: str
) -> None:
    found = summary(facts, "accept")
    assert (found.ok, found.says) == (ok, says)


def test_several_facts_are_as_old_as_the_oldest() -> None:
    assert summary([GOOD, OLD], "accept").at == OLD.at

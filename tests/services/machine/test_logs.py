import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.rpc import jsonrpc
from services.contract.log import Level
from services.errors import CockpitError, NotFound, Refused, Unreachable
from services.hero.proc import ProcClient
from services.hero.socket_names import candidates
from services.machine.log_text import read_line
from services.machine.logs import MAX_BYTES, Logs
from services.wire.node import LocalNode
from services.wire.rpc import RpcClient
from tests.services.daemons import rpc_handler, serving

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)

LINES = [
    ("plain words", "plain words", None, None),
    ("", "", None, None),
    (f"{AT.timestamp():.0f}\t1\t7\t30\tsession=3\tslow", "slow [session=3]", AT, Level.WARNING),
    (f"{AT.timestamp() * 1000:.0f}\t1\t7\t254\t\tbroke\tmore", "broke    more", AT, Level.ERROR),
    (f"{AT.timestamp():.0f}\t1\t\t20\t\tnotice", "notice", AT, Level.INFO),
    ("a\tb\tc\td\te\tf", "a    b    c    d    e    f", None, None),
    ("nan\t1\t7\t30\tx\ty", "nan    1    7    30    x    y", None, None),
    ("[error] it broke", "[error] it broke", None, Level.ERROR),
    ("WARN  it may break", "WARN  it may break", None, Level.WARNING),
    ("warning: old name", "warning: old name", None, Level.WARNING),
    ("no error here", "no error here", None, None),
    ("all fine after ERRORS of old", "all fine after ERRORS of old", None, None),
    ('{"level":"debug","msg":"x"}', '{"level":"debug","msg":"x"}', None, Level.DEBUG),
    ("INFO then an ERROR", "INFO then an ERROR", None, Level.INFO),
    (f"{'x' * 80} ERROR", f"{'x' * 80} ERROR", None, None),
    ("2026-11-20T12:00:00Z INFO up", "INFO up", AT, Level.INFO),
    ("[2026-11-20 13:00:00,000 +0100] up", "up", AT, None),
    ("2026-11-20T12:00:00 up", "2026-11-20T12:00:00 up", None, None),
    ("2026-99-99T12:00:00Z up", "2026-99-99T12:00:00Z up", None, None),
    ("\x1b[31mred\x1b[0m \x1b]0;title\x07end\x07\x08", "red end", None, None),
    ("\u202eturned\u2028 \x00", "turned", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "text", "at", "level"), LINES)
def test_a_line_is_read_as_it_was_meant(
    written: str, text: str, at: datetime | None, level: Level | None
) -> None:
    line = read_line(written)
    assert (line.text, line.at, line.level) == (text, at, level)


def test_a_long_line_is_cut_with_a_mark() -> None:
    text = read_line("é" * 10_000).text
    assert (len(text), text[-1]) == (4000, "…")


@asynccontextmanager
async def logs_of(sockets: Path, answer: Any = None) -> AsyncIterator[Logs]:
    """Logs of a machine whose hero_proc gives `answer`; without one it knows no logs."""

    async def call(method: str, params: jsonrpc.Params) -> Any:
        if answer is None or method != "service.logs":
            raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, f"Method not found: {method}")
        return answer

    places = candidates(sockets, ("p.sock",))
    async with serving(places[0], rpc_handler(call)):
        proc = ProcClient(RpcClient(LocalNode(), places, daemon="hero_proc"))
        try:
            yield Logs(proc, sockets / "logs")
        finally:
            await proc.close()


def write(sockets: Path, name: str, content: bytes) -> None:
    path = sockets / "logs" / f"{name}.log"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


async def texts(logs: Logs, name: str = "hero_books", **wanted: Any) -> list[str]:
    return [line.text for line in (await logs.read(name, **wanted)).lines]


async def test_hero_procs_own_log_comes_first(sockets: Path) -> None:
    write(sockets, "hero_books", b"from the file\n")
    async with logs_of(sockets, answer=["one", "two", "three"]) as logs:
        found = await logs.read("hero_books", lines=2)
    assert [line.text for line in found.lines] == ["two", "three"]
    assert found.source == "hero_proc"


@pytest.mark.parametrize("answer", [None, [], {"lines": []}])
async def test_the_file_speaks_when_hero_proc_has_nothing_to_say(
    sockets: Path, answer: Any
) -> None:
    write(sockets, "hero_books", b"one\ntwo\n")
    async with logs_of(sockets, answer=answer) as logs:
        found = await logs.read("hero_books")
    assert [line.text for line in found.lines] == ["one", "two"]
    assert found.source == "hero_books.log"


async def test_the_file_can_be_read_while_hero_proc_is_down(sockets: Path) -> None:
    proc = ProcClient(RpcClient(LocalNode(), [sockets / "none.sock"], daemon="hero_proc"))
    logs = Logs(proc, sockets / "logs")
    with pytest.raises(Unreachable):
        await logs.read("hero_books")
    write(sockets, "hero_books", b"last words")
    assert await texts(logs) == ["last words"]
    await proc.close()


async def test_nobodys_log_is_told_in_words(sockets: Path) -> None:
    async with logs_of(sockets) as logs:
        with pytest.raises(NotFound, match=r"no log of 'hero_books': .* no file hero_books.log in"):
            await logs.read("hero_books")
    async with logs_of(sockets, answer=[]) as logs:
        assert await texts(logs) == []


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "..", ".", "", "a/b", "link", "folder", "pipe", "a\0b"]
)
async def test_no_name_and_no_link_leads_out_of_the_folder(sockets: Path, name: str) -> None:
    write(sockets, "other", b"x")
    (sockets / "secret.log").write_text("secret")
    (sockets / "logs" / "link.log").symlink_to(sockets / "secret.log")
    (sockets / "logs" / "folder.log").mkdir()
    os.mkfifo(sockets / "logs" / "pipe.log")
    async with logs_of(sockets) as logs:
        with pytest.raises(CockpitError) as caught:
            await logs.read(name)
    assert isinstance(caught.value, NotFound | Refused)


async def test_a_link_inside_the_folder_is_followed(sockets: Path) -> None:
    write(sockets, "hero_books-2026-11-20", b"today\n")
    (sockets / "logs" / "hero_books.log").symlink_to("hero_books-2026-11-20.log")
    async with logs_of(sockets) as logs:
        assert await texts(logs) == ["today"]


async def test_the_last_lines_of_a_large_file_are_whole_and_in_order(sockets: Path) -> None:
    write(sockets, "hero_books", b"".join(b"line %d\n" % n for n in range(300_000)))
    async with logs_of(sockets) as logs:
        found = await texts(logs, lines=10_000)
    assert found == [f"line {n}" for n in range(290_000, 300_000)]


async def test_a_line_without_end_is_cut_and_nothing_more_is_read(sockets: Path) -> None:
    path = sockets / "logs" / "hero_books.log"
    path.parent.mkdir()
    with path.open("wb") as file:  # sparse: it takes no room on the disk
        file.truncate(1 << 40)
        file.seek(0, os.SEEK_END)
        file.write(b"x" * MAX_BYTES + b"\nend")
    async with logs_of(sockets) as logs:
        assert (await texts(logs))[-1] == "end"


async def test_only_lines_with_the_words_and_the_level_are_given(sockets: Path) -> None:
    content = b"".join(b"[info] tick %d\n" % n for n in range(5000))
    write(sockets, "hero_books", b"[error] Disk full\n[warning] disk slow\ndisk\n" + content)
    async with logs_of(sockets) as logs:
        assert await texts(logs, contains="DISK") == [
            "[error] Disk full",
            "[warning] disk slow",
            "disk",
        ]
        assert await texts(logs, contains="disk", level=Level.ERROR) == ["[error] Disk full"]
        assert await texts(logs, level=Level.WARNING, lines=1) == ["[warning] disk slow"]

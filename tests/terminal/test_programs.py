"""Real programs look the same here as in libghostty, at every step of using them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pyghostty.core import Terminal

from terminal.keys import Key, encode_key
from terminal.local_pty import LocalPty
from terminal.screen import Screen
from tests.terminal.streams import DEADLINE_S


class Rehearsal:
    """A program on a real terminal, seen by our emulator and by another one."""

    def __init__(self, terminal: LocalPty, *, rows: int, columns: int) -> None:
        self.terminal = terminal
        self.screen = Screen(rows=rows, columns=columns)
        self.other = Terminal(columns, rows)
        self.steps = 0

    async def press(self, *keys: str | Key, wanted: str) -> None:
        """Type text and press keys, wait until `wanted` is on the screen, compare."""
        for key in keys:
            modes = self.screen.modes
            data = key.encode() if isinstance(key, str) else encode_key(key, modes)
            await self.terminal.write(data)
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not any(wanted in row for row in self.screen.text()):
                    await self._read()
        except TimeoutError:
            pytest.fail(f"{wanted!r} never came up on:\n" + "\n".join(self.screen.text()))
        self._compare()

    async def end(self, *keys: str) -> None:
        """Type text, read to the end of the program, compare."""
        for key in keys:
            await self.terminal.write(key.encode())
        async with asyncio.timeout(DEADLINE_S):
            while await self._read():
                pass
        self._compare()

    async def _read(self) -> bool:
        data = await self.terminal.read()
        self.screen.feed(data)
        self.other.feed(data)
        replies = self.screen.take_replies()
        if replies:
            await self.terminal.write(replies)
        return bool(data)

    def _compare(self) -> None:
        others = [row.rstrip() for row in self.other.text().split("\n")]
        others += [""] * (self.screen.rows - len(others))
        assert [row.rstrip() for row in self.screen.text()] == others
        cursor = self.screen.cursor
        assert (cursor.column, cursor.row) == self.other.cursor
        assert cursor.visible == self.other.mode(25)
        for number in (1, 1000, 1002, 1006, 2004):
            assert self._has(number) == self.other.mode(number), number
        self._compare_looks()
        self.steps += 1

    def _has(self, number: int) -> bool:
        modes = self.screen.modes
        return {
            1: modes.application_cursor,
            1000: modes.mouse == "click",
            1002: modes.mouse == "drag",
            1006: modes.mouse_format == "sgr",
            2004: modes.bracketed_paste,
        }[number]

    def _compare_looks(self) -> None:
        """Compare the ends of each run of ours: inside a run the other would have to differ too."""
        for y, row in enumerate(self.screen.visible_rows):
            start = 0
            for run in row.runs():
                stop = start + run.columns
                for x in {start, stop - 1} if run.text.strip() else ():
                    self._compare_look(y, x)
                start = stop

    def _compare_look(self, y: int, x: int) -> None:
        cell, style = self.screen.cell(y, x), self.other.style(x, y)
        ours = (cell.bold, cell.inverse, cell.dim, bool(cell.underline))
        keys = ("bold", "inverse", "faint", "underline")
        if cell.char:
            assert ours == tuple(bool(style[key]) for key in keys), (y, x)
            assert _as_other(cell.foreground) == style["fg"], (y, x)
            assert _as_other(cell.background) == style["bg"], (y, x)


def _as_other(colour: tuple[object, ...]) -> object:
    if colour[0] == "rgb":
        return ("rgb", colour[1:])
    return None if colour == ("default",) else ("palette", colour[1])


@asynccontextmanager
async def rehearsal(
    *command: str, directory: Path, rows: int = 24, columns: int = 80
) -> AsyncIterator[Rehearsal]:
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "HOME": str(directory),
        "PS1": "$ ",
    }
    terminal = await LocalPty.start(
        command, rows=rows, columns=columns, env=environment, directory=str(directory)
    )
    try:
        yield Rehearsal(terminal, rows=rows, columns=columns)
    finally:
        await terminal.close()


SIZES = [(24, 80), (40, 120)]


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    lines = [f"line {number} of the text\twith tabs, 日本語 and é" for number in range(1, 200)]
    path.write_text("\n".join([*lines, "x" * 300, "the last line"]))
    return path


async def test_bash_with_readline(tmp_path: Path) -> None:
    async with rehearsal("bash", "--norc", "--noprofile", directory=tmp_path) as session:
        await session.press(wanted="$")
        await session.press("echo one two", wanted="echo one two")
        await session.press(Key("a", ctrl=True), "# ", wanted="# echo one two")
        await session.press(Key("End"), " three", Key("ArrowLeft"), "X", wanted="threXe")
        await session.press("\r", wanted="$")
        await session.press("x" * 200, wanted="x" * 30)
        await session.press(Key("u", ctrl=True), "echo back", wanted="$ echo back")
        await session.press(Key("r", ctrl=True), "one", wanted="reverse-i-search")
        await session.press(
            Key("g", ctrl=True), "printf 'a%.0s' {1..99}; echo do''ne\r", wanted="done"
        )
        await session.end("exit\r")
        assert session.steps == 10


@pytest.mark.parametrize(("rows", "columns"), SIZES)
async def test_ls_in_colours(tmp_path: Path, rows: int, columns: int) -> None:
    for number in range(50):
        (tmp_path / f"directory {number}").mkdir()
        (tmp_path / f"file{number}.tar.gz").touch()
    async with rehearsal(
        "ls",
        "--color=always",
        "-la",
        "/usr",
        str(tmp_path),
        directory=tmp_path,
        rows=rows,
        columns=columns,
    ) as session:
        await session.end()
    async with rehearsal(
        "ls", "--color=always", "-C", str(tmp_path), directory=tmp_path, rows=rows, columns=columns
    ) as session:
        await session.end()


@pytest.mark.parametrize(("rows", "columns"), SIZES)
async def test_vim(text_file: Path, rows: int, columns: int) -> None:
    async with rehearsal(
        "vim.tiny",
        "-u",
        "NONE",
        text_file.name,
        directory=text_file.parent,
        rows=rows,
        columns=columns,
    ) as session:
        await session.press(wanted="line 1 of")
        await session.press("G", wanted="the last line")
        await session.press("o", "new 日本 text", wanted="new 日本 text")
        await session.press(Key("Escape"), "gg", wanted="line 1 of")
        await session.press("5dd", wanted="line 6 of")
        await session.press("50%", wanted="line 1")
        await session.press(Key("PageDown"), "zt:s/l/L/\r", wanted="Line")
        await session.press("/199\r", wanted="line 199")
        await session.press("u:q", wanted=":q")
        await session.end("!\r")
        assert not session.screen.modes.alternate_screen


@pytest.mark.parametrize(("rows", "columns"), SIZES)
async def test_less(text_file: Path, rows: int, columns: int) -> None:
    async with rehearsal(
        "less", text_file.name, directory=text_file.parent, rows=rows, columns=columns
    ) as session:
        await session.press(wanted="line 1 of")
        await session.press(" ", wanted="line 40 of" if rows == 24 else "line 60 of")
        await session.press("b", wanted="line 1 of")
        await session.press("/line 15\r", wanted="line 15 of")
        await session.press("y", "y", "k", wanted="line 12 of")
        await session.press("G", wanted="the last line")
        await session.end("q")
        assert not session.screen.modes.alternate_screen


@pytest.mark.parametrize(("rows", "columns"), SIZES)
async def test_htop(tmp_path: Path, rows: int, columns: int) -> None:
    async with rehearsal("htop", directory=tmp_path, rows=rows, columns=columns) as session:
        await session.press(wanted="F10Quit")
        await session.press(Key("F5"), wanted="├─")
        await session.press(Key("ArrowDown"), Key("PageDown"), Key("F2"), wanted="Setup")
        await session.press(Key("Escape"), wanted="F10Quit")
        await session.press(Key("F1"), wanted="Released under")
        await session.press("x", wanted="F10Quit")
        await session.end("q")
        assert not session.screen.modes.alternate_screen

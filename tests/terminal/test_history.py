"""Scrolled-off lines are kept small and come back as they were."""

import tracemalloc

import pytest

from terminal.history import pack, plain_text, unpack
from terminal.screen import Screen


@pytest.mark.parametrize(
    "data",
    ["", "plain", "  lead", "\x1b[1mbold\x1b[m x", "日本 x", "e\u0301👍🏽", "\x1b[44m\x1b[K"],
)
def test_a_packed_row_unpacks_to_the_same_cells(data: str) -> None:
    screen = Screen(rows=1, columns=12)
    screen.feed(data.encode())
    row = screen.visible_rows[0]
    line = pack(row)
    copy = unpack(line, 12)
    assert (copy.text, copy.attrs, copy.wrapped) == (row.text, row.attrs, row.wrapped)
    assert plain_text(line) == row.plain_text()


def test_history_rows_are_given_by_number() -> None:
    screen = Screen(rows=2, columns=10)
    screen.feed(b"\r\n".join(b"%d" % number for number in range(10)))
    assert [row.plain_text() for row in screen.history_rows(2, 5)] == ["2", "3", "4"]
    assert [row.plain_text() for row in screen.history_rows(-5, 99)] == list("01234567")


@pytest.mark.parametrize(
    "line",
    [
        b"2026-11-20 INFO a plain line of a log, as long as such lines usually are",
        b"-rw-r--r-- 1 root root 4096 Nov 20 \x1b[01;34mname\x1b[0m \x1b[01;32mother\x1b[0m",
        "漢字かな交じり文の長い行がここに続きますよ".encode(),
    ],
)
def test_ten_thousand_lines_take_at_most_four_megabytes(line: bytes) -> None:
    data = (line + b"\r\n") * 10_100
    screen = Screen()
    tracemalloc.start()
    screen.feed(data)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(screen.history()) == 10_000
    assert held < 4_000_000

"""Random programs of what daily programs send give the same screen here and in libghostty.

Left out is where the two differ on purpose: counts of 0 (1 here, as in xterm), movement by single
axes in origin mode, wide characters that wrap in insert mode, back tabs while a wrap is due, and
what libghostty lacks (soft reset).
"""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from pyghostty.core import Terminal

from tests.terminal.cases import COLUMNS, ROWS, fed, place

counts = st.sampled_from(["", "1", "2", "3", "5", "9", "25"])
texts = st.text(alphabet="abc  XYZ", min_size=1, max_size=30)
wide_texts = st.lists(
    st.sampled_from(["a", "é", "日", "本", "👍", "e\u0301", "가", "x", "─"]),
    min_size=1,
    max_size=12,
).map("".join)


def sequences(finals: str) -> st.SearchStrategy[str]:
    return st.builds(lambda count, final: f"\x1b[{count}{final}", counts, st.sampled_from(finals))


operations = st.one_of(
    texts,
    wide_texts,
    sequences("ABCDEFGade`LMP@XSTI"),
    st.sampled_from(["\r\n", "\n", "\r", "\b", "\t", "\x1bM", "\x1bD", "\x1bE", "\x1b7", "\x1b8"]),
    st.sampled_from(["\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[r"]),
    st.builds(lambda y, x: f"\x1b[{y};{x}H", counts, counts),
    st.builds(lambda top, bottom: f"\x1b[{top};{bottom}r", st.integers(1, 3), st.integers(2, 5)),
    st.sampled_from(["0", "1", "31", "7", "4:3", "38;5;99", "48;2;1;2;3"]).map(
        lambda n: f"\x1b[{n}m"
    ),
    st.sampled_from(["\x1b[?47h", "\x1b[?47l"]),
)


@settings(max_examples=200)
@given(program=st.lists(operations, min_size=1, max_size=30).map("".join))
def test_a_random_program_looks_the_same_in_another_emulator(program: str) -> None:
    ours = fed(program)
    other = Terminal(COLUMNS, ROWS)
    other.feed(program)
    rows = [row.rstrip() for row in other.text().split("\n")]
    assert [row.rstrip() for row in ours.text()] == rows + [""] * (ROWS - len(rows))
    assert place(ours) == other.cursor[::-1]
    for y, x in product(range(ROWS), range(COLUMNS)):
        cell, style = ours.cell(y, x), other.style(x, y)
        if cell.char.strip():
            assert (cell.bold, cell.inverse) == (style["bold"], style["inverse"]), (y, x)
            assert (cell.background == ("default",)) == (style["bg"] is None), (y, x)

"""Any bytes are taken, and any split of them means the same."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.cells import DEFAULT_ATTR
from terminal.screen import Screen
from tests.terminal.cases import Case, assert_case, fed

CASES = [
    Case("Williams", "CAN ends a sequence", "\x1b[31\x18m", ("m",), (0, 1)),
    Case("Williams", "SUB ends a sequence", "\x1b[31\x1am", ("m",), (0, 1)),
    Case("Williams", "ESC begins another sequence", "\x1b[31\x1b[2Cx", ("  x",), (0, 3)),
    Case("Williams", "DEL inside a sequence is ignored", "\x1b[\x7f2Cx", ("  x",), (0, 3)),
    Case("Williams", "a misplaced marker makes it void to its end", "\x1b[3?4mx", ("x",), (0, 1)),
    Case("Williams", "a number after an intermediate makes it void", "\x1b[3 4qx", ("x",), (0, 1)),
    Case("Williams", "ESC inside ESC begins again", "\x1b\x1b\x1b[2Cx", ("  x",), (0, 3)),
    Case(
        "Williams",
        "an unknown sequence does nothing",
        "a\x1b[5;5~\x1b[99y\x1b[?99z\x1bzb",
        ("ab",),
        (0, 2),
    ),
    Case(
        "ECMA-35",
        "an unknown designation does nothing",
        "\x1b%G\x1b F\x1b-A\x1b(%5ab",
        ("ab",),
        (0, 2),
    ),
    Case(
        "ECMA-48 5.4",
        "a colon form that is no rendition does nothing",
        "\x1b[2:3Hab",
        ("ab",),
        (0, 2),
    ),
    Case(
        "ECMA-48 5.3",
        "8-bit controls in UTF-8 are controls",
        "a\u009b2Cx\u0085y",
        ("a  x", "y"),
        (1, 1),
    ),
    Case(
        "pyte fault",
        "CSI ? 4 m of vim and mc does nothing",
        "\x1b[?4m\x1b[?1001rab",
        ("ab",),
        (0, 2),
    ),
    Case(
        "pyte fault", "CSI > 4;2 m of vim is no rendition", "\x1b[>4;2mab\x1b[>4;m", ("ab",), (0, 2)
    ),
    Case(
        "pyte fault",
        "CSI ! p, = and < leave nothing",
        "\x1b[!pa\x1b[=1cb\x1b[<uc",
        ("abc",),
        (0, 3),
    ),
    Case(
        "pyte fault",
        "VPA in origin mode without margins",
        "\x1b[?6h\x1b[3dx",
        ("", "", "x"),
        (2, 1),
    ),
    Case("pyte fault", "a colour with colons leaves nothing", "\x1b[38:2::1:2:3ma", ("a",), (0, 1)),
    Case("pyte fault", "ESC ( 0 draws lines in UTF-8", "\x1b(0lqk\x1b(B", ("┌─┐",), (0, 3)),
    Case("ECMA-48", "NUL and DEL are ignored", "a\x00\x7fb", ("ab",), (0, 2)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_odd_sequences_are_read_as_their_source_says(case: Case) -> None:
    assert_case(case)


def test_a_control_inside_a_sequence_is_carried_out_first() -> None:
    """Source: Paul Williams' state machine."""
    assert fed("ab\x1b[1\nCx").text()[:2] == ["ab", "   x"]


def test_a_void_sequence_gives_no_look() -> None:
    cell = fed("\x1b[?4m\x1b[>4;2m\x1b[58;5;5mx").cell(0, 0)
    assert (bool(cell.underline), cell.dim, cell.blink) == (False, False, False)


def test_a_sequence_without_end_is_not_kept() -> None:
    screen = fed("\x1b[" + "1;" * 100_000)
    screen.feed(b"mx")
    assert screen.text()[0] == "x"
    assert not screen.cell(0, 0).bold


fragments = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b\\", b"\x07", b"\x18", b"\r\n"]),
    st.sampled_from(
        [b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?69h", b"\x1b[?6h", b"\x1b[4h", b"\x1b7"]
    ),
    st.sampled_from(
        [b"\x1b8", b"\x1b[2;3r", b"\x1b[2;7s", b"\x1b(0", b"\x0e", b"\x1bc", b"\x1b[!p"]
    ),
    st.sampled_from(["日本", "e\u0301", "👍🏽", "\u200d", "\ufe0f", "🇩🇪"]).map(str.encode),
    st.text(alphabet="ab ", min_size=1, max_size=30).map(str.encode),
    st.builds(
        lambda marker, numbers, between, final: f"\x1b[{marker}{numbers}{between}{final}".encode(),
        st.sampled_from(["", "", "", "?", ">", "=", "<"]),
        st.text(alphabet="0123456789;:", max_size=9),
        st.sampled_from(["", "", "", " ", "!", '"', "$", "'"]),
        st.characters(min_codepoint=0x40, max_codepoint=0x7E),
    ),
    st.text(alphabet="0123458;:", max_size=16).map(lambda change: f"\x1b[{change}m".encode()),
    st.builds(
        lambda kind, number, text: f"\x1b{kind}{number};{text}\x1b\\".encode(),
        st.sampled_from(["]", "]", "P", "_"]),
        st.sampled_from(["0", "2", "4", "8", "10", "11", "52", "104", "110", "$q", "+q"]),
        st.text(max_size=12),
    ),
    st.builds(lambda n: b"line\r\n" * n, st.integers(1, 12)),
)
programs = st.lists(fragments, max_size=25).map(b"".join)


def everything(screen: Screen) -> tuple[object, ...]:
    """Return all that can be seen of a screen."""
    rows = [
        [(run.text, run.columns, run.attr.key) for run in row.runs()] for row in screen.visible_rows
    ]
    state = (screen.cursor, screen.modes, screen.title, screen.bells, screen.take_replies())
    return rows, screen.history(), screen.history_total, state


@settings(max_examples=400)
@given(program=programs, rows=st.integers(1, 6), columns=st.integers(1, 12))
def test_any_bytes_are_taken_and_the_cursor_stays_inside(
    program: bytes, rows: int, columns: int
) -> None:
    screen = fed(program, rows=rows, columns=columns)
    assert 0 <= screen.cursor.row < rows
    assert 0 <= screen.cursor.column < columns
    for row in screen.visible_rows:
        assert len(row.text) == len(row.attrs) == columns
        assert all(left for left, right in zip(row.text, row.text[1:], strict=False) if not right)
        assert row.wide or all(len(text) == 1 for text in row.text)
        assert row.styled or all(attr is DEFAULT_ATTR for attr in row.attrs)


@settings(max_examples=400)
@given(program=programs, data=st.data())
def test_any_split_of_the_bytes_gives_the_same_screen(program: bytes, data: st.DataObject) -> None:
    whole = fed(program)
    parts = Screen(rows=5, columns=10)
    cuts = data.draw(st.lists(st.integers(0, len(program)), max_size=12).map(sorted))
    for start, stop in zip([0, *cuts], [*cuts, len(program)], strict=True):
        parts.feed(program[start:stop])
    assert everything(parts) == everything(whole)


@pytest.mark.parametrize("marker", ["", "?", ">", "=", "<"])
def test_every_control_sequence_takes_any_number_of_numbers(marker: str) -> None:
    screen = Screen(rows=5, columns=10)
    for between, final, count in product(
        ["", *" !\"#$%&'()*+"], range(0x40, 0x7F), (0, 1, 2, 5, 9)
    ):
        for number in ("", "1", "999999"):
            numbers = ";".join([number] * count)
            screen.feed(f"\x1b[{marker}{numbers}{between}{chr(final)}".encode())
    assert len(screen.text()) == 5


def test_every_escape_sequence_and_control_is_taken() -> None:
    screen = Screen(rows=5, columns=10)
    for first, second in product(range(0x20, 0x7F), range(0x20, 0x7F)):
        screen.feed(f"\x1b{chr(first)}{chr(second)}\x18".encode())
    screen.feed(bytes(range(256)))
    assert len(screen.text()) == 5

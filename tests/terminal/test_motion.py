"""The cursor moves as the standards say."""

import pytest

from tests.terminal.cases import Case, assert_case

GRID = "0123456789\r\n1\r\n2\r\n3\r\n4"
FIVE = ("0123456789", "1", "2", "3", "4")

CASES = [
    Case("ECMA-48 8.3.22", "CUU moves up", "\x1b[4;3H\x1b[2Ax", ("", "  x"), (1, 3)),
    Case("ECMA-48 8.3.22", "CUU without a number moves one up", "\x1b[4;3H\x1b[A", (), (2, 2)),
    Case("ECMA-48 8.3.22", "CUU 0 moves one up", "\x1b[4;3H\x1b[0A", (), (2, 2)),
    Case("ECMA-48 8.3.22", "CUU stops at the top", "\x1b[2;3H\x1b[99A", (), (0, 2)),
    Case("VT420 CUU", "CUU stops at the top margin", "\x1b[2;4r\x1b[3;1H\x1b[9A", (), (1, 0)),
    Case("VT420 CUU", "CUU from above the margin goes on", "\x1b[3;4r\x1b[2;1H\x1b[9A", (), (0, 0)),
    Case("ECMA-48 8.3.19", "CUD moves down", "\x1b[2B", (), (2, 0)),
    Case("ECMA-48 8.3.19", "CUD stops at the bottom", "\x1b[99B", (), (4, 0)),
    Case("VT420 CUD", "CUD stops at the bottom margin", "\x1b[2;4r\x1b[99B", (), (3, 0)),
    Case("VT420 CUD", "CUD from below the margin goes on", "\x1b[1;3r\x1b[4H\x1b[9B", (), (4, 0)),
    Case("ECMA-48 8.3.20", "CUF moves right", "\x1b[3Cx", ("   x",), (0, 4)),
    Case("ECMA-48 8.3.20", "CUF stops at the right", "\x1b[99C", (), (0, 9)),
    Case("VT420 CUF", "CUF stops at the right margin", "\x1b[?69h\x1b[2;5s\x1b[9C", (), (0, 4)),
    Case("ECMA-48 8.3.18", "CUB moves left", "abc\x1b[2Dx", ("axc",), (0, 2)),
    Case("ECMA-48 8.3.18", "CUB stops at the left", "abc\x1b[99D", ("abc",), (0, 0)),
    Case(
        "xterm CUB",
        "CUB from a due wrap counts from the last column",
        "0123456789\x1b[Dx",
        ("01234567x9",),
        (0, 9),
    ),
    Case(
        "ECMA-48 8.3.12", "CNL goes down to the first column", "ab\x1b[2Ex", ("ab", "", "x"), (2, 1)
    ),
    Case(
        "ECMA-48 8.3.13",
        "CPL goes up to the first column",
        "\r\n\r\nab\x1b[2Fx",
        ("x", "", "ab"),
        (0, 1),
    ),
    Case("ECMA-48 8.3.9", "CHA goes to a column", "abc\x1b[2Gx", ("axc",), (0, 2)),
    Case("ECMA-48 8.3.9", "CHA past the edge goes to the last column", "\x1b[99G", (), (0, 9)),
    Case("ECMA-48 8.3.57", "HPA goes to a column", "\x1b[4`x", ("   x",), (0, 4)),
    Case("ECMA-48 8.3.59", "HPR moves right", "ab\x1b[2ax", ("ab  x",), (0, 5)),
    Case("ECMA-48 8.3.21", "CUP goes to row and column", "\x1b[3;4Hx", ("", "", "   x"), (2, 4)),
    Case("ECMA-48 8.3.21", "CUP without numbers goes home", GRID + "\x1b[H", FIVE, (0, 0)),
    Case(
        "ECMA-48 8.3.21", "CUP with an empty row takes the first", "\x1b[3;3H\x1b[;2H", (), (0, 1)
    ),
    Case("ECMA-48 8.3.21", "CUP past the edges goes to the last cell", "\x1b[99;99H", (), (4, 9)),
    Case(
        "VT420 DECOM",
        "CUP counts from the margins in origin mode",
        "\x1b[2;4r\x1b[?6h\x1b[2;1Hx",
        ("", "", "x"),
        (2, 1),
    ),
    Case(
        "VT420 DECOM",
        "CUP stays in the margins in origin mode",
        "\x1b[2;4r\x1b[?6h\x1b[9;1H",
        (),
        (3, 0),
    ),
    Case(
        "VT420 DECOM",
        "setting origin mode homes the cursor",
        "\x1b[2;4rab\x1b[?6h",
        ("ab",),
        (1, 0),
    ),
    Case("ECMA-48 8.3.63", "HVP goes to row and column", "\x1b[3;4fx", ("", "", "   x"), (2, 4)),
    Case("ECMA-48 8.3.158", "VPA goes to a row", "ab\x1b[3dx", ("ab", "", "  x"), (2, 3)),
    Case("ECMA-48 8.3.160", "VPR moves down", "ab\x1b[2ex", ("ab", "", "  x"), (2, 3)),
    Case("ECMA-48 8.3.15", "CR goes to the first column", "abc\rx", ("xbc",), (0, 1)),
    Case(
        "VT420 DECSLRM", "CR goes to the left margin", "\x1b[?69h\x1b[3;8s\x1b[1;5H\r", (), (0, 2)
    ),
    Case("ECMA-48 8.3.5", "BS moves left", "abc\bx", ("abx",), (0, 3)),
    Case("ECMA-48 8.3.5", "BS stops at the first column", "\b\bx", ("x",), (0, 1)),
    Case(
        "ECMA-48 8.3.74", "LF moves down and scrolls at the bottom", GRID + "\n", FIVE[1:], (4, 1)
    ),
    Case("ECMA-48 8.3.161", "VT is a line feed", "a\vb", ("a", " b"), (1, 2)),
    Case("ECMA-48 8.3.51", "FF is a line feed", "a\fb", ("a", " b"), (1, 2)),
    Case(
        "ECMA-48 8.3.86", "NEL goes to the next row's first column", "ab\x1bEx", ("ab", "x"), (1, 1)
    ),
    Case("VT420 IND", "IND keeps the column", "ab\x1bDx", ("ab", "  x"), (1, 3)),
    Case(
        "VT420 IND",
        "IND scrolls at the bottom margin only",
        GRID + "\x1b[2;4r\x1b[4;1H\x1bD",
        ("0123456789", "2", "3", "", "4"),
        (3, 0),
    ),
    Case(
        "VT420 IND",
        "IND below the margin does not scroll",
        GRID + "\x1b[1;3r\x1b[5;1H\x1bD",
        FIVE,
        (4, 0),
    ),
    Case("ECMA-48 8.3.104", "RI moves up", "\r\nab\x1bMx", ("  x", "ab"), (0, 3)),
    Case(
        "ECMA-48 8.3.104",
        "RI scrolls down at the top",
        GRID + "\x1b[H\x1bM",
        ("", *FIVE[:4]),
        (0, 0),
    ),
    Case(
        "VT420 RI",
        "RI scrolls down at the top margin only",
        GRID + "\x1b[2;4r\x1b[2;1H\x1bM",
        ("0123456789", "", "1", "2", "4"),
        (1, 0),
    ),
    Case(
        "ECMA-48 7.2.8", "LNM makes LF go to the first column", "\x1b[20hab\nx", ("ab", "x"), (1, 1)
    ),
    Case("ECMA-48 8.3.60", "HT goes to the next stop", "a\tx", ("a       x",), (0, 9)),
    Case("ECMA-48 8.3.60", "HT stops at the last column", "\t\t\tx", ("         x",), (0, 9)),
    Case("ECMA-48 8.3.62", "HTS sets a stop", "abc\x1bH\r\tx", ("abcx",), (0, 4)),
    Case(
        "ECMA-48 8.3.154",
        "TBC 0 clears the stop here",
        "\x1b[9G\x1b[g\r\tx",
        ("         x",),
        (0, 9),
    ),
    Case("ECMA-48 8.3.154", "TBC 3 clears all stops", "\x1b[3g\r\t", (), (0, 9)),
    Case(
        "ECMA-48 8.3.10",
        "CHT goes some stops on",
        "\x1b[3G\x1bH\x1b[6G\x1bH\r\x1b[2Ix",
        ("     x",),
        (0, 6),
    ),
    Case(
        "ECMA-48 8.3.7", "CBT goes to the stop before", "123456789\x1b[Zx", ("12345678x",), (0, 9)
    ),
    Case("ECMA-48 8.3.7", "CBT stops at the first column", "abc\x1b[9Z", ("abc",), (0, 0)),
    Case("VT420 DECSC", "DECRC brings the place back", "ab\x1b7\x1b[4;4H\x1b8x", ("abx",), (0, 3)),
    Case("VT420 DECSC", "DECRC without DECSC homes the cursor", "\x1b[4;4H\x1b8", (), (0, 0)),
    Case(
        "VT420 DECSC",
        "DECSC keeps a due wrap",
        "0123456789\x1b7\x1b[H\x1b8x",
        ("0123456789", "x"),
        (1, 1),
    ),
    Case("VT420 DECSC", "DECSC keeps the character set", "\x1b(0\x1b7\x1b(B\x1b8q", ("─",), (0, 1)),
    Case(
        "VT420 DECSC",
        "DECSC keeps origin mode",
        "\x1b[2;3r\x1b[?6h\x1b7\x1b[?6l\x1b8\x1b[9;1H",
        (),
        (2, 0),
    ),
    Case("xterm SCOSC", "CSI s and u keep the place", "ab\x1b[s\x1b[4;4H\x1b[ux", ("abx",), (0, 3)),
    Case("VT420 DECBI", "DECBI at the left pushes columns right", "ab\r\x1b6", (" ab",), (0, 0)),
    Case("VT420 DECBI", "DECBI elsewhere moves left", "ab\x1b6x", ("ax",), (0, 2)),
    Case("VT420 DECFI", "DECFI at the right pulls columns left", "ab\x1b[10G\x1b9", ("b",), (0, 9)),
    Case("VT420 DECFI", "DECFI elsewhere moves right", "ab\x1b9x", ("ab x",), (0, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_movement_does_what_its_source_says(case: Case) -> None:
    assert_case(case)

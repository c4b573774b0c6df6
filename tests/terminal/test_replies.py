"""Queries are answered, each with what its source says, into the program's input."""

import pytest

from terminal.replies import REPLIES_LIMIT_BYTES
from tests.terminal.cases import fed


@pytest.mark.parametrize(
    ("source", "data", "reply"),
    [
        ("VT420 DA1", "\x1b[c", "\x1b[?64;6;21;22;28c"),
        ("VT420 DA1", "\x1b[0c", "\x1b[?64;6;21;22;28c"),
        ("VT420 DA1", "\x1b[1c", ""),
        ("VT420 DA2", "\x1b[>c", "\x1b[>41;300;0c"),
        ("VT420 DA3", "\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("xterm XTVERSION", "\x1b[>q", "\x1bP>|hero_cockpit\x1b\\"),
        ("ECMA-48 DSR", "\x1b[5n", "\x1b[0n"),
        ("ECMA-48 CPR", "\x1b[3;4H\x1b[6n", "\x1b[3;4R"),
        ("VT420 CPR", "\x1b[2;4r\x1b[?6h\x1b[2;3H\x1b[6n", "\x1b[2;3R"),
        ("VT420 DECXCPR", "\x1b[3;4H\x1b[?6n", "\x1b[?3;4;1R"),
        ("VT420 DECRQM", "\x1b[?7$p", "\x1b[?7;1$y"),
        ("VT420 DECRQM", "\x1b[?2004$p", "\x1b[?2004;2$y"),
        ("VT420 DECRQM", "\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"),
        ("VT420 DECRQM", "\x1b[?31337$p", "\x1b[?31337;0$y"),
        ("VT420 DECRQM", "\x1b[4$p", "\x1b[4;2$y"),
        ("VT420 DECRQM", "\x1b[20h\x1b[20$p", "\x1b[20;1$y"),
        ("VT420 DECRQSS", "\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\"),
        ("VT420 DECRQSS", "\x1b[1;31m\x1bP$qm\x1b\\", "\x1bP1$r0;1;31m\x1b\\"),
        ("VT420 DECRQSS", "\x1b[2;4r\x1bP$qr\x1b\\", "\x1bP1$r2;4r\x1b\\"),
        ("VT420 DECRQSS", "\x1bP$qs\x1b\\", "\x1bP1$r1;10s\x1b\\"),
        ("VT420 DECRQSS", "\x1b[5 q\x1bP$q q\x1b\\", "\x1bP1$r5 q\x1b\\"),
        ("VT420 DECRQSS", '\x1b[1"q\x1bP$q"q\x1b\\', '\x1bP1$r1"q\x1b\\'),
        ("VT420 DECRQSS", "\x1bP$qz\x1b\\", "\x1bP0$r\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+q436f\x1b\\", "\x1bP1+r436f=323536\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+q5858\x1b\\", "\x1bP0+r\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+qzz\x1b\\", "\x1bP0+r\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+q43\r6f\x1b\\", "\x1bP0+r\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+q436\x1b\\", "\x1bP0+r\x1b\\"),
        ("xterm XTGETTCAP", "\x1bP+qff\x1b\\", "\x1bP0+r\x1b\\"),
        ("xterm CSI t", "\x1b[18t", "\x1b[8;5;10t"),
        ("xterm CSI t", "\x1b[19t", "\x1b[9;5;10t"),
        ("xterm CSI t", "\x1b]2;evil\x07\x1b[21t", ""),
        ("xterm OSC 10", "\x1b]10;?\x07", "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\"),
        ("xterm OSC 11", "\x1b]11;?\x1b\\", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        ("xterm OSC 11", "\x1b]11;#102030\x07\x1b]11;?\x07", "\x1b]11;rgb:1010/2020/3030\x1b\\"),
        (
            "xterm OSC 111",
            "\x1b]11;#fff000\x07\x1b]111\x07\x1b]11;?\x07",
            "\x1b]11;rgb:0000/0000/0000\x1b\\",
        ),
        (
            "xterm OSC 10",
            "\x1b]10;?;?\x07",
            "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\",
        ),
        ("xterm OSC 4", "\x1b]4;1;?\x07", "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\"),
        (
            "xterm OSC 4",
            "\x1b]4;16;rgb:f/8/0\x07\x1b]4;16;?\x07",
            "\x1b]4;16;rgb:ffff/8888/0000\x1b\\",
        ),
        (
            "xterm OSC 104",
            "\x1b]4;1;#000000\x07\x1b]104;1\x07\x1b]4;1;?\x07",
            "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
        ),
        (
            "xterm OSC 104",
            "\x1b]4;1;#000000\x07\x1b]104\x07\x1b]4;1;?\x07",
            "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
        ),
        ("xterm OSC 4", "\x1b]4;256;?\x07", ""),
        ("xterm OSC 4", "\x1b]4;x;?\x07", ""),
        ("xterm OSC 52", "\x1b]52;c;?\x07", ""),
    ],
)
def test_a_query_gets_the_answer_of_its_source(source: str, data: str, reply: str) -> None:
    screen = fed(data)
    assert screen.take_replies() == reply.encode(), source
    assert screen.text() == [""] * 5


def test_replies_are_given_once() -> None:
    screen = fed("\x1b[5n")
    assert screen.take_replies() == b"\x1b[0n"
    assert screen.take_replies() == b""


def test_a_flood_of_queries_is_not_kept_whole() -> None:
    assert len(fed("\x1b[c" * 20_000).take_replies()) < REPLIES_LIMIT_BYTES + 100

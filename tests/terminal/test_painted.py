"""Each viewer learns what changed since its own last frame."""

from terminal.painted import Painted
from terminal.screen import Screen


def test_the_first_frame_holds_every_row_and_the_next_none() -> None:
    screen = Screen(rows=3, columns=5)
    assert sorted(screen.take_frame().rows) == [0, 1, 2]
    assert not screen.take_frame().rows


def test_a_frame_holds_changed_rows_only() -> None:
    screen = Screen(rows=3, columns=5)
    screen.take_frame()
    screen.feed(b"\x1b[2;1Hab")
    frame = screen.take_frame()
    assert [(number, row.plain_text()) for number, row in frame.rows.items()] == [(1, "ab")]
    assert (frame.cursor.row, frame.cursor.column, frame.size) == (1, 2, (3, 5))


def test_a_scroll_changes_every_place() -> None:
    screen = Screen(rows=3, columns=5)
    screen.feed(b"a\r\nb\r\nc")
    screen.take_frame()
    screen.feed(b"\n")
    assert sorted(screen.take_frame().rows) == [0, 1, 2]


def test_viewers_do_not_take_from_each_other() -> None:
    screen = Screen(rows=3, columns=5)
    first, second = Painted(), Painted()
    first.take(screen)
    screen.feed(b"ab")
    assert sorted(first.take(screen).rows) == [0]
    assert sorted(second.take(screen).rows) == [0, 1, 2]
    screen.feed(b"c")
    assert sorted(second.take(screen).rows) == [0]


def test_a_viewer_that_lost_its_picture_gets_all_of_it() -> None:
    screen = Screen(rows=3, columns=5)
    painted = Painted()
    painted.take(screen)
    painted.forget()
    assert sorted(painted.take(screen).rows) == [0, 1, 2]


def test_a_resize_gives_every_row() -> None:
    screen = Screen(rows=3, columns=5)
    screen.take_frame()
    screen.resize(rows=2, columns=6)
    frame = screen.take_frame()
    assert (sorted(frame.rows), frame.size) == ([0, 1], (2, 6))


def test_a_frame_says_how_the_whole_screen_looks() -> None:
    screen = Screen(rows=3, columns=5)
    screen.feed(b"\x1b[?5h\x1b]2;name\x07\x1b[?25l\x1b[5 q")
    frame = screen.take_frame()
    assert (frame.reverse, frame.title) == (True, "name")
    assert (frame.cursor.visible, frame.cursor.shape) == (False, "bar")


def test_runs_cover_the_row_and_are_made_once_for_a_version() -> None:
    screen = Screen(rows=1, columns=8)
    screen.feed("a\x1b[1m日b\x1b[m".encode())
    row = screen.visible_rows[0]
    runs = row.runs()
    assert [(run.text, run.columns, run.attr.bold) for run in runs] == [
        ("a", 1, False),
        ("日b", 3, True),
        ("    ", 4, False),
    ]
    assert row.runs() is runs
    screen.feed(b"c")
    assert row.runs() is not runs

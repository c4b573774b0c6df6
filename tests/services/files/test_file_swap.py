import errno
from pathlib import Path

import pytest

from services.errors import Refused
from services.files.file_swap import content_of, swap, unwritten


def test_a_file_is_replaced_only_while_it_holds_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    assert not swap(path, b"b", expected=b"a")
    assert swap(path, b"a", expected=None)
    assert not swap(path, b"b", expected=None)
    assert not swap(path, b"b", expected=b"other")
    assert content_of(path) == b"a"
    assert swap(path, b"b", expected=b"a")
    assert content_of(path) == b"b"
    assert [file.name for file in tmp_path.iterdir()] == ["x.toml"]


def test_a_folder_that_is_gone_is_told_and_not_made(tmp_path: Path) -> None:
    assert not swap(tmp_path / "gone" / "x.toml", b"a", expected=None)
    assert content_of(tmp_path / "gone" / "x.toml") is None
    with pytest.raises(OSError, match="it is not a file"):
        content_of(tmp_path)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full, so x.toml was not changed. Free some space"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EROFS, "/cfg/x.toml is on a disk that is read-only"),
        (errno.EACCES, "The cockpit may not write /cfg/x.toml, so it was not changed. Check who"),
        (errno.EPERM, "The cockpit may not write"),
        (errno.EIO, "/cfg/x.toml was not changed: Input/output error."),
    ],
)
def test_what_the_disk_refuses_is_told_in_words(number: int, words: str) -> None:
    error = unwritten(Path("/cfg/x.toml"), OSError(number, "Input/output error"))
    assert isinstance(error, Refused)
    assert words in error.message

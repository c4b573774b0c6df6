import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apps.catalog import find_app
from services.apps.receipts import Receipt, Shelf, read_receipt
from services.defaults import DEFAULTS

BOOKS = find_app("hero_books")


def shelf(root: Path, *programs: str, receipt: object = None) -> Shelf:
    (root / "bin").mkdir()
    for name in programs:
        (root / "bin" / name).write_text("a program")
    if receipt is not None:
        folder = root / DEFAULTS.receipts[0]
        folder.mkdir(parents=True)
        (folder / "hero_books.json").write_text(json.dumps(receipt))
    return Shelf(root, receipts=DEFAULTS.receipts)


def test_nothing_here_is_not_installed(tmp_path: Path) -> None:
    found = shelf(tmp_path).look(BOOKS)
    assert (found.present, found.missing, found.is_whole, found.version) == ((), (), False, "")


def test_one_program_of_the_apps_name_is_the_whole_app(tmp_path: Path) -> None:
    assert shelf(tmp_path, "hero_books").look(BOOKS).is_whole


def test_a_half_install_names_what_is_missing(tmp_path: Path) -> None:
    found = shelf(tmp_path, "hero_books_server").look(BOOKS)
    assert found.missing == ("hero_books_web", "hero_books_admin")
    assert not found.is_whole


def test_the_receipt_decides_which_programs_an_app_has(tmp_path: Path) -> None:
    receipt = {"version": "0.5.0", "binaries": {"hero_books_server": "aa", "hero_books_web": "bb"}}
    found = shelf(tmp_path, "hero_books_server", receipt=receipt).look(BOOKS)
    assert (found.version, found.missing) == ("0.5.0", ("hero_books_web",))


def test_a_receipt_cannot_claim_programs_of_others(tmp_path: Path) -> None:
    receipt = {"version": "1.0.0", "binaries": ["hero_books", "hero_db", "lab", "../x", 7]}
    one = shelf(tmp_path, "hero_books", "hero_db", receipt=receipt)
    assert one.look(BOOKS).present == ("hero_books",)
    assert {"hero_db", "lab", "../x"}.isdisjoint(one.names_of(BOOKS))


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '"text"', "null", '{"binaries": 7}'])
def test_a_receipt_that_cannot_be_understood_says_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    assert read_receipt(path) in (None, Receipt())


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_receipt_or_none(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("r") / "r.json"
    path.write_bytes(content)
    assert read_receipt(path) is None or isinstance(read_receipt(path), Receipt)

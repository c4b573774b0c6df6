import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apps.catalog import CATALOG, find_app, in_order
from services.errors import NotFound

HOSTILE = (
    "",
    " hero_books",
    "hero_books ",
    "HERO_BOOKS",
    "hero_books\n",
    "hero_books; rm -rf /",
    "$(id)",
    "--force",
    "../hero_books",
    "hero_books/..",
    "https://example.org/x",
    "hero_books\x00",
    "hero_books_server",
    "hero_proc",
    "lab",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_only_exact_names_of_the_catalog_are_apps(name: str) -> None:
    with pytest.raises(NotFound):
        find_app(name)


@given(st.text(max_size=40))
def test_any_other_text_is_no_app(name: str) -> None:
    if name not in {app.name for app in CATALOG}:
        with pytest.raises(NotFound, match="There is no app"):
            find_app(name)


def test_a_name_that_was_mistyped_is_helped() -> None:
    with pytest.raises(NotFound, match="Did you mean hero_books"):
        find_app("hero_boks")


def test_the_cockpit_is_renewed_last_and_what_others_lean_on_first() -> None:
    names = ("hero_cockpit", "hero_books", "hero_aibroker", "hero_db", "unheard_of")
    ordered = [app.name for app in in_order(names)]
    assert ordered == ["hero_db", "hero_aibroker", "hero_books", "hero_cockpit"]


def test_an_app_owns_its_programs_and_nobody_elses() -> None:
    books = find_app("hero_books")
    assert all(books.owns(name) for name in books.programs)
    assert not any(books.owns(name) for name in ("hero_bookshop", "lab", "hero_db", "hero_books_x"))


def test_names_are_there_once_and_are_safe_words() -> None:
    names = [app.name for app in CATALOG]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in names)

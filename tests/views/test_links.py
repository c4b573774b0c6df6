"""Where other pages are, seen from the browser."""

import pytest

from services.models import Endpoint, Service
from views.links import app_link, base_of, sign_in_link

BOOKS = Service(
    name="hero_books_web", app="hero_books", endpoints=(Endpoint(kind="web", path="/s/web.sock"),)
)


@pytest.mark.parametrize(
    ("prefix", "base"),
    [("/hero_cockpit/web", ""), ("/os/hero_cockpit/web", "/os"), ("", None), ("/other", None)],
)
def test_all_apps_begin_where_the_cockpits_own_prefix_does(prefix: str, base: str | None) -> None:
    assert base_of(prefix + "/") == base


def test_an_app_with_a_page_is_linked_below_the_gateway() -> None:
    assert app_link(BOOKS, "/hero_cockpit/web") == "/hero_books/web/"
    assert app_link(BOOKS, "/hero_cockpit/web", "admin") is None
    assert app_link(BOOKS, "") is None


def test_the_way_to_another_identity_leads_back() -> None:
    assert sign_in_link("/hero_cockpit/web") == "/login?next=/hero_cockpit/web/"
    assert sign_in_link("") is None

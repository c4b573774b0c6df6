"""What a start brings into a home, and what it leaves alone there."""

from pathlib import Path

from cockpit_app.preview.apps import catalog
from cockpit_app.preview.builds import read_receipt
from cockpit_app.preview.first_builds import furnish
from cockpit_app.preview.fleet import fleet
from cockpit_app.preview.home import Home, open_home
from cockpit_app.preview.releases import Flaw, Release, Releases
from tests.cockpit_app.preview.homes import install_flawed


def installed(home: Home) -> set[str]:
    return {program.name for program in fleet(1) if program.app and program.is_installed(home)}


def test_a_new_home_has_most_apps_and_some_that_can_be_installed(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, fleet(1))
    apart = {"hero_agent_server", "hero_agent_web", "hero_browser", "hero_office", "hero_shrimp"}
    assert installed(home) == {p.name for p in catalog()} - apart | {"hero_cockpit"}
    assert read_receipt(home, "hero_books")["version"] == "0.4.2"
    assert read_receipt(home, "hero_agent") == {}
    offered = {r.app: r.version for app in ("hero_books", "hero_db") for r in offers(home, app)}
    assert offered == {"hero_books": "0.5.0", "hero_db": "0.4.2"}


def test_a_home_without_builds_is_brought_up_to_date(folder: Path) -> None:
    home = open_home(folder / "h")
    home.bin.rmdir()
    furnish(home, fleet(1))
    assert "hero_books" in installed(home)


def test_a_later_start_leaves_alone_what_was_upgraded_broken_or_taken_away(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, fleet(1))
    install_flawed(home, "hero_books", Flaw.DOES_NOT_START)
    broken = (home.bin / "hero_books").read_bytes()
    (home.bin / "hero_biz").unlink()
    furnish(home, fleet(1))
    assert (home.bin / "hero_books").read_bytes() == broken
    assert not (home.bin / "hero_biz").exists()
    (release,) = offers(home, "hero_books")
    assert release.flaw is Flaw.DOES_NOT_START


def test_an_app_that_the_catalog_has_anew_comes_into_an_older_home(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, [program for program in fleet(1) if program.name != "hero_slides"])
    assert "hero_slides" not in installed(home)
    furnish(home, fleet(1))
    assert "hero_slides" in installed(home)


def test_the_cockpit_is_put_back_when_its_file_is_lost(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, fleet(1))
    (home.bin / "hero_cockpit").unlink()
    furnish(home, fleet(1))
    assert "hero_cockpit" in installed(home)


def test_what_a_killed_installation_left_half_written_goes(folder: Path) -> None:
    home = open_home(folder / "h")
    draft = home.bin / ".hero_books.x1y2"
    draft.write_text("half")
    furnish(home, fleet(1))
    assert not draft.exists()


def offers(home: Home, app: str) -> list[Release]:
    return Releases(home).of(app)[:1]

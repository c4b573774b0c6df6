from pathlib import Path

import pytest

from services.errors import NotAllowed, Refused
from services.shares.targets import folded, is_never
from tests.services.sharing import asked, sharing

DANGEROUS = [
    *("hero_cockpit", "hero_proc", "hero_proxy", "hero_router", "hero_compute"),
    *("hero_proc_server", "Hero_Proxy", "HERO-ROUTER", "hero_router_admin", "hero%5fproc"),
    *("hero_cockpit_web", "proc", "proxy_server_admin", "\uff48ero_proc", "hero%255Fcockpit"),
    *("my_compute_zos", "hero_compute_manager", "my_hypervisor", "hero proc", "hero_proc "),
]


@pytest.mark.parametrize("name", DANGEROUS)
def test_dangerous_apps_are_known_however_they_are_spelled(name: str) -> None:
    assert is_never(name), folded(name)


@pytest.mark.parametrize("name", ["hero_books", "hero_processor", "hero_whiteboard_web", "web"])
def test_other_apps_are_not(name: str) -> None:
    assert not is_never(name)


@pytest.mark.parametrize("name", ["hero_proc", "hero_router_admin", "Hero_Cockpit", "proxy"])
async def test_dangerous_services_are_refused_by_name(sockets: Path, name: str) -> None:
    async with sharing(sockets) as s:
        await s.add(name, "hero_fine/web.sock")
        with pytest.raises(NotAllowed, match="take over the machine"):
            await s.shares.open(asked(name))
        assert s.front.rows == {}


async def test_a_socket_is_judged_by_where_it_really_is(sockets: Path) -> None:
    async with sharing(sockets) as s:
        (sockets / "hero_cockpit").mkdir()
        (sockets / "hero_sly").mkdir()
        (sockets / "outside.sock").touch()
        leads = {
            "hero_sly/web.sock": sockets / "hero_proc/rpc.sock",
            "hero_sly/ui.sock": sockets / "hero_cockpit/web.sock",
            "hero_sly/web_a.sock": Path("/run/docker.sock"),
            "hero_sly/web_b.sock": sockets / "outside.sock",
            "hero_sly/web_c.sock": sockets / "hero_whiteboard/../hero_proxy/rpc.sock",
        }
        for number, (link, target) in enumerate(leads.items()):
            (sockets / link).symlink_to(target)
            await s.add(f"hero_sly{number}", link)
            with pytest.raises(NotAllowed, match="cannot be shared"):
                await s.shares.open(asked(f"hero_sly{number}"))
        s.machine.supervisor.add("hero_far", sockets=["/tmp/elsewhere/web.sock"])
        await s.machine.store.refresh()
        with pytest.raises(NotAllowed, match="not one of the sockets"):
            await s.shares.open(asked("hero_far"))
        assert s.front.rows == {}


async def test_a_link_to_a_page_leads_to_the_page(sockets: Path) -> None:
    async with sharing(sockets) as s:
        (sockets / "hero_alias").symlink_to(sockets / "hero_whiteboard")
        await s.add("hero_alias", "hero_alias/web.sock")
        await s.shares.open(asked("hero_alias"))
        assert s.front.rows["mik.localhost"]["target"] == str(
            sockets / "hero_whiteboard" / "web.sock"
        )


async def test_the_page_is_preferred_and_rpc_is_never_one(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.add("hero_books", *(f"hero_books/{k}.sock" for k in ("rpc", "admin", "web")))
        await s.add("hero_memory", "hero_memory/rpc.sock")
        await s.shares.open(asked("hero_books"))
        assert s.front.rows["mik.localhost"]["target"].endswith("hero_books/web.sock")
        with pytest.raises(Refused, match="no page of its own"):
            await s.shares.open(asked("hero_memory", "mem"))


async def test_an_admin_page_is_shared_only_where_it_is_the_page_of_the_app(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.add("hero_slides", "hero_slides/admin.sock")
        await s.add("hero_older", "hero_older/ui.sock")
        await s.add("hero_whiteboard_admin", "hero_whiteboard/admin.sock")
        await s.add("hero_whiteboard_ui", "hero_whiteboard/ui.sock")
        await s.shares.open(asked("hero_slides", "slides"))
        await s.shares.open(asked("hero_older", "older"))
        for service in ("hero_whiteboard_admin", "hero_whiteboard_ui"):
            with pytest.raises(Refused, match="Share hero_whiteboard_web instead"):
                await s.shares.open(asked(service))
        assert list(s.front.rows) == ["slides.localhost", "older.localhost"]


async def test_an_admin_socket_without_a_page_is_not_shared(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.add("hero_plain", "hero_plain/admin.sock")
        await s.servers[-1].stop()
        with pytest.raises(Refused, match="no page of its own"):
            await s.shares.open(asked("hero_plain"))

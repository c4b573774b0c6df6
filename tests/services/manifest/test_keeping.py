"""Enabling and disabling apps, through the operations, against a real hero_proc of each kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.rpc import jsonrpc
from services.claims import Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.log import READ_LOGS, ReadLogs
from services.contract.manifest import (
    DISABLE_SERVICE,
    ENABLE_SERVICE,
    GET_MANIFEST,
    RESTORE_MANIFEST,
    SET_PROFILE,
    EnableService,
    Profile,
    SetProfile,
)
from services.errors import Invalid, NotFound, Refused
from services.handlers.log import LogHandler
from services.handlers.manifest import ManifestHandler
from services.hero.proc import ProcClient
from services.hero.socket_names import candidates
from services.machine.logs import Logs
from services.manifest.file import ManifestFile
from services.manifest.keeping import Keeping
from services.params import NoParams
from services.state.store import Store
from services.wire.node import LocalNode
from services.wire.rpc import RpcClient
from tests.services.daemons import rpc_handler, serving

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
LISTED = [
    {"name": n, "state": "running", "pid": 1} for n in ("hero_books_web", "hero_books_server")
]


class Switchboard:
    """A hero_proc that knows, does not know, or refuses `service.enable` and `service.disable`."""

    def __init__(self, *, knows: bool = True, refuses: str = "") -> None:
        self.knows = knows
        self.refuses = refuses
        self.told: list[tuple[str, str]] = []

    async def call(self, method: str, params: jsonrpc.Params) -> Any:
        if method == "service.list_full":
            return LISTED
        if not self.knows or method not in {"service.enable", "service.disable"}:
            raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, f"Method not found: {method}")
        if self.refuses:
            raise jsonrpc.Fault(-32000, self.refuses)
        assert isinstance(params, dict)
        self.told.append((method, params["name"]))
        return True


@asynccontextmanager
async def cockpit_of(sockets: Path, board: Switchboard) -> AsyncIterator[Cockpit]:
    places = candidates(sockets, ("p.sock",))
    manifest = ManifestFile(
        sockets / "cfg" / "services.toml",
        demo=("hero_books", "hero_osis"),
        always_on=("hero_proc",),
    )
    async with serving(places[0], rpc_handler(board.call)):
        proc = ProcClient(RpcClient(LocalNode(), places, daemon="hero_proc"))
        store = Store(proc, LocalNode(), sockets=sockets)
        keeping = Keeping(manifest, proc, store, known=("hero_voice",))
        handlers = [ManifestHandler(manifest, keeping), LogHandler(Logs(proc, sockets / "logs"))]
        try:
            with acting_as(OWNER):
                yield Cockpit(handlers)
        finally:
            await store.close()
            await proc.close()


@pytest.mark.parametrize("name", ["hero_books", "hero_books_web", "hero_books_admin"])
async def test_an_app_is_disabled_by_its_name_or_that_of_a_service_and_hero_proc_is_told(
    sockets: Path, name: str
) -> None:
    board = Switchboard()
    async with cockpit_of(sockets, board) as cockpit:
        done = await cockpit.call(DISABLE_SERVICE, EnableService(name=name))
        kept = (await cockpit.call(GET_MANIFEST, NoParams())).enabled
        assert (done.name, done.enabled, kept) == ("hero_books", False, ("hero_osis",))
        assert done.sentence == (
            "hero_books is no longer kept on this machine: it is neither started with the machine "
            "nor upgraded. What runs goes on running. hero_proc was told."
        )
        assert sorted(board.told) == [
            ("service.disable", "hero_books_server"),
            ("service.disable", "hero_books_web"),
        ]
        done = await cockpit.call(ENABLE_SERVICE, EnableService(name=name))
        assert done.sentence.startswith("hero_books is kept on this machine from now on: it is sta")
        kept = (await cockpit.call(GET_MANIFEST, NoParams())).enabled
        assert set(kept) == {"hero_books", "hero_osis"}


@pytest.mark.parametrize(
    ("board", "words"),
    [
        (Switchboard(knows=False), "This hero_proc takes no such order; the manifest is what"),
        (Switchboard(refuses="busy"), "hero_proc could not be told: hero_proc refused"),
    ],
)
async def test_the_manifest_counts_when_hero_proc_cannot_be_told(
    sockets: Path, board: Switchboard, words: str
) -> None:
    async with cockpit_of(sockets, board) as cockpit:
        done = await cockpit.call(DISABLE_SERVICE, EnableService(name="hero_books"))
        assert words in done.sentence
        assert (await cockpit.call(GET_MANIFEST, NoParams())).enabled == ("hero_osis",)


async def test_what_hero_proc_does_not_list_yet_can_be_kept(sockets: Path) -> None:
    async with cockpit_of(sockets, Switchboard()) as cockpit:
        done = await cockpit.call(ENABLE_SERVICE, EnableService(name="hero_voice"))
        assert done.sentence.endswith("hero_proc does not list it yet.")
        again = await cockpit.call(ENABLE_SERVICE, EnableService(name="hero_voice"))
        assert again.sentence.startswith("hero_voice is kept on this machine already:")
        await cockpit.call(DISABLE_SERVICE, EnableService(name="hero_voice"))
        done = await cockpit.call(DISABLE_SERVICE, EnableService(name="hero_voice"))
        assert done.sentence.startswith("hero_voice was not kept on this machine:")


async def test_what_is_always_on_or_carries_the_cockpit_cannot_be_disabled(sockets: Path) -> None:
    board = Switchboard()
    async with cockpit_of(sockets, board) as cockpit:
        (sockets / "cfg").mkdir()
        (sockets / "cfg" / "services.toml").write_text("always_on = ['hero_osis']\n")
        for name in ("hero_osis", "hero_proc", "hero_proxy", "hero_cockpit_web"):
            with pytest.raises(Refused, match="is always on: this machine cannot do without"):
                await cockpit.call(DISABLE_SERVICE, EnableService(name=name))
    assert board.told == []


async def test_an_unknown_name_changes_nothing_and_gets_a_hint(sockets: Path) -> None:
    board = Switchboard()
    async with cockpit_of(sockets, board) as cockpit:
        for name, hint in (
            ("hero_bocks", "hero_books"),
            ("../x", "no app"),
            ("rm -rf /", "no app"),
        ):
            with pytest.raises(NotFound, match=hint):
                await cockpit.call(ENABLE_SERVICE, EnableService(name=name))
    assert (board.told, (sockets / "cfg").exists()) == ([], False)


async def test_a_broken_manifest_stops_the_change_before_hero_proc_hears_of_it(
    sockets: Path,
) -> None:
    board = Switchboard()
    async with cockpit_of(sockets, board) as cockpit:
        (sockets / "cfg").mkdir()
        (sockets / "cfg" / "services.toml").write_text("[")
        with pytest.raises(Invalid):
            await cockpit.call(DISABLE_SERVICE, EnableService(name="hero_books"))
        with pytest.raises(NotFound):
            await cockpit.call(RESTORE_MANIFEST, NoParams())
    assert board.told == []


async def test_profile_and_logs_are_operations_too(sockets: Path) -> None:
    async with cockpit_of(sockets, Switchboard()) as cockpit:
        chosen = await cockpit.call(SET_PROFILE, SetProfile(profile=Profile.BOOKS, digest=""))
        assert (chosen.profile, chosen.enabled) == (Profile.BOOKS, ("hero_books",))
        (sockets / "logs").mkdir()
        (sockets / "logs" / "hero_books_web.log").write_text("[info] a\n[error] b\n")
        params = ReadLogs(name="hero_books_web", lines=10, contains="B", level=None)
        assert [x.text for x in (await cockpit.call(READ_LOGS, params)).lines] == ["[error] b"]

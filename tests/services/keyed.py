"""A machine with keys: hero_proc with a store of secrets, and a stand-in of the world outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cockpit_app.host.listeners import Listener
from cockpit_app.preview.home import Home
from cockpit_app.preview.outside import application
from cockpit_app.rpc import jsonrpc
from services.clock import Clock, SystemClock
from services.contract.audit import Event
from services.contract.log import LogLine
from services.database import Database
from services.defaults import DEFAULTS
from services.feedback.evidence import EvidenceCollector
from services.feedback.forge import Forge
from services.feedback.reports import Feedback, Token
from services.keys.dependants import Dependants
from services.keys.keys import Keys
from services.keys.probe import KeyProbe
from services.keys.providers import Provider, providers
from services.keys.records import KeyRecords
from services.keys.undo import KeyUndo
from services.keys.vault import KeyVault
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.cockpit_app.host.serving import serving
from tests.services.daemons import rpc_handler
from tests.services.machines import Machine, machine

FORGE = "unix:outside/rpc.sock:/forge"
FEEDBACK = "lhumina_public/feedback"
STAND_INS = {
    "openrouter": "unix:outside/rpc.sock:/openrouter/api/v1",
    "groq": "unix:outside/rpc.sock:/groq/openai/v1",
    "openai": "unix:outside/rpc.sock:/openai/v1",
    "anthropic": "unix:outside/rpc.sock:/anthropic/v1",
    "sambanova": "unix:outside/rpc.sock:/sambanova/v1",
    "moonshot": "unix:outside/rpc.sock:/moonshot/v1",
    "alibaba": "unix:outside/rpc.sock:/alibaba/compatible-mode/v1",
}
STARTS = {"OPENROUTER_API_KEY": "sk-or-v1-", "GROQ_API_KEY": "gsk_", "OPENAI_API_KEY": "sk-proj-"}
STARTS |= {"ANTHROPIC_API_KEY": "sk-ant-", "SAMBANOVA_API_KEY": "", "MOONSHOT_API_KEY": "sk-"}
STARTS |= {"ALIBABA_API_KEY": "sk-", "USER_FORGE_TOKEN": ""}
GROQ = "GROQ_API_KEY"


def table(addresses: Mapping[str, str] = STAND_INS, forge: str = FORGE) -> tuple[Provider, ...]:
    return providers(DEFAULTS, addresses, forge=forge, feedback=FEEDBACK)


@dataclass
class Secrets:
    """hero_proc's store of secrets, with the ways in which it may differ or fail."""

    values: dict[str, str] = field(default_factory=dict)
    masked: bool = False
    """Shows stars in place of values."""
    refuses: str = ""
    """Words with which it refuses to store; `VALUE` in them is what was to be stored."""
    tells_names: bool = True
    locks: bool = False
    """Takes values, and gives nothing out once one was taken."""
    locked: bool = False

    def call(self, verb: str, params: Any) -> Any:
        if self.locked and verb != "set":
            raise jsonrpc.Fault(-32008, "the store is locked")
        if verb == "list":
            if not self.tells_names:
                raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, "Method not found: secret.list")
            return [name for name in self.values if name.startswith(f"{params['context']}/")]
        name = f"{params['context']}/{params['key']}"
        if verb == "set":
            if self.refuses:
                raise jsonrpc.Fault(-32008, self.refuses.replace("VALUE", params["value"]))
            self.values[name] = params["value"]
            self.locked = self.locks
            return {"ok": True}
        if name not in self.values:
            raise jsonrpc.Fault(-32000, f"secret not found: {name}")
        if verb == "delete":
            del self.values[name]
            return {"ok": True}
        value = self.values[name]
        return {"value": "*" * 12 + value[-4:] if self.masked else value}


@dataclass
class Keyed:
    """Everything a test of keys or feedback asks about."""

    machine: Machine
    secrets: Secrets
    database: Database
    records: KeyRecords
    undo: KeyUndo
    keys: Keys
    outside: Outside
    clock: Clock

    def feedback(
        self,
        *,
        tokens: Sequence[Token] = (),
        forge: str = FORGE,
        events: Sequence[Event] = (),
        lines: Sequence[str] = (),
    ) -> Feedback:
        async def versions() -> Mapping[str, str]:
            return {"hero_cockpit": "1.2.3", "hero_books": ""}

        async def time_line(since: datetime) -> Sequence[Event]:
            return [event for event in events if event.at >= since]

        async def logs(name: str, count: int) -> Sequence[LogLine]:
            return [LogLine(text=line) for line in lines][-count:]

        collector = EvidenceCollector(
            self.machine.store, self.clock, versions=versions, time_line=time_line, logs=logs
        )
        return Feedback(
            Forge(self.outside, address=forge, repo=FEEDBACK),
            collector,
            self.clock,
            secrets=self.keys.live_values,
            tokens=tokens,
        )


@asynccontextmanager
async def keyed(
    sockets: Path,
    *,
    clock: Clock | None = None,
    uses: Mapping[str, Collection[str]] | None = None,
    providers: Sequence[Provider] | None = None,
    world: bool = True,
) -> AsyncIterator[Keyed]:
    """Run the parts against real sockets; without `world` nobody listens outside."""
    time = clock or SystemClock()
    outside = Outside(LocalNode(), sockets)
    async with machine(sockets) as made:
        secrets = Secrets()
        made.daemon.handler = rpc_handler(_with_secrets(made, secrets))
        database = await Database.open(sockets / "cockpit.db")
        vault, records = KeyVault(made.proc), KeyRecords(database)
        undo = KeyUndo(vault, records, time)
        rows = table() if providers is None else providers
        dependants = Dependants(made.store, made.actions, uses or {})
        probe = KeyProbe(outside, rows, time)
        keys = Keys(rows, vault, records, undo, probe, dependants, time)
        parts = Keyed(made, secrets, database, records, undo, keys, outside, time)
        try:
            if world:
                async with the_world(sockets):
                    yield parts
            else:
                yield parts
        finally:
            await undo.close()
            await database.close()


@asynccontextmanager
async def the_world(sockets: Path) -> AsyncIterator[None]:
    """Serve the preview's stand-in of AI providers and the Forge below `sockets`."""
    home = Home(sockets / "home")
    home.state.mkdir(parents=True, exist_ok=True)
    listener = Listener(sockets / "outside" / "rpc.sock", application(home, 9))
    async with serving(listener):
        yield


def _with_secrets(made: Machine, secrets: Secrets) -> jsonrpc.Call:
    async def call(method: str, params: jsonrpc.Params) -> Any:
        subject, _, verb = method.partition(".")
        if subject == "secret" and verb in {"get", "set", "list", "delete"}:
            return secrets.call(verb, params)
        return await made.supervisor.call(method, params)

    return call

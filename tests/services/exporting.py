"""A home with settings, manifest, keys, shares and audit, and everything that exports it."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from services.archive.export import ExportWork
from services.archive.folder import ExportFolder
from services.archive.loss import Losses
from services.archive.parts import Home
from services.archive.restore_work import RestoreWork
from services.archive.secrets import ProcKeys
from services.audit.log import AuditLog
from services.claims import Identity, Right
from services.clock import Clock
from services.contract.archive import Export, ReadExport
from services.contract.job import Job
from services.contract.machine import Component
from services.handlers.archive import ArchiveHandler
from services.jobs.engine import Jobs
from services.manifest.file import ManifestFile
from services.manifest.owners import Owners
from tests.services.daemons import eventually
from tests.services.keyed import Keyed, keyed, table

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
PASSPHRASE = SecretStr("correct horse battery")
SETTINGS = b"# mine\n[console]\nkeep_s = 60\n"
MANIFEST = b'# as the deployer wrote it\nprofile = "lightweight"\nowner = "mik"\n'


@dataclass
class Exporting:
    """One machine and what exports and restores it."""

    keyed: Keyed
    home: Home
    audit: AuditLog
    jobs: Jobs
    folder: ExportFolder
    losses: Losses
    export: ExportWork
    restore: RestoreWork
    handler: ArchiveHandler

    @property
    def exports(self) -> Path:
        return self.home.root / "var" / "hero_cockpit" / "exports"

    async def ended(self, job: Job) -> Job:
        async def over() -> bool:
            return (await self.jobs.get(job.id)).is_over

        await eventually(over)
        return await self.jobs.get(job.id)

    async def make(self, passphrase: SecretStr | None = None) -> tuple[Job, Export]:
        """Make an export and return its job and its place in the list."""
        job = await self.ended(await self.export.begin(self.jobs, passphrase, audit=True))
        name = job.title.removeprefix("Export ")
        listed = (await self.folder.list()).exports
        return job, next(export for export in listed if export.name == name)

    async def take_home(self, name: str) -> None:
        """Read an export to its end, as who copies it elsewhere does."""
        offset = 0
        while True:
            chunk = await self.folder.chunk(ReadExport(name=name, offset=offset))
            offset = chunk.next_offset
            if offset >= chunk.total_bytes:
                return

    async def note(self, *targets: str) -> None:
        for target in targets:
            await self.audit.note(
                OWNER, operation="cockpit.x", target=target, outcome="done", reason=""
            )

    async def share(self, name: str) -> None:
        await self.home.database.run(
            lambda t: t.change(
                "INSERT INTO share (domain_id, domain, service, subdomain, address, audience, "
                "people, created_at, created_by, expires_at, state, sentence) VALUES "
                "('1', ?, 'hero_books_web', 'x', 'https://x.y/', 'public', '[]', "
                "'2026-11-20T12:00:00+00:00', 'mik', NULL, 'open', '')",
                name,
            )
        )

    async def shares(self) -> Sequence[tuple[str, str, bool]]:
        rows = await self.home.database.run(lambda t: t.all("SELECT * FROM share ORDER BY number"))
        return [(row["domain"], row["state"], row["closed_at"] is not None) for row in rows]

    def move_in(self, other: "Exporting", name: str) -> None:
        """Carry an export of another machine here, as a person with a copy of it would."""
        self.exports.mkdir(parents=True, exist_ok=True)
        shutil.copy(other.exports / name, self.exports / name)


async def no_components() -> Sequence[Component]:
    return [Component(name="hero_books", version="0.4.1")]


@asynccontextmanager
async def exporting(
    sockets: Path, *, clock: Clock | None = None, furnished: bool = True
) -> AsyncIterator[Exporting]:
    """Open the parts below `sockets`; a machine that is not furnished is new and empty."""
    async with keyed(sockets, clock=clock, world=False) as parts:
        root = sockets / "hero"
        folder = root / "cfg" / "cockpit"
        folder.mkdir(parents=True, exist_ok=True)
        manifest = ManifestFile(folder / "services.toml", demo=("hero_books",), always_on=())
        keys = ProcKeys(parts.machine.proc, table(), put=parts.keys.set)
        home = Home(root, parts.database, keys, manifest)
        exports = ExportFolder(root / "var" / "hero_cockpit" / "exports", parts.database)
        jobs = Jobs(parts.database, parts.clock)
        export = ExportWork(
            home, exports, components=no_components, version="1.2.3", clock=parts.clock
        )
        restore = RestoreWork(home, exports, clock=parts.clock)
        losses = Losses(home, exports, clock=parts.clock)
        audit = AuditLog(parts.database, heads=sockets / "heads", clock=parts.clock)
        owners = Owners((), manifest)
        handler = ArchiveHandler(
            jobs, exports, losses, export=export, restore=restore, owners=owners
        )
        jobs.register(export)
        jobs.register(restore)
        made = Exporting(parts, home, audit, jobs, exports, losses, export, restore, handler)
        if furnished:
            home.settings.write_bytes(SETTINGS)
            manifest.path.write_bytes(MANIFEST)
            parts.secrets.values |= {"core/GROQ_API_KEY": "gsk_a", "cockpit/USER_FORGE_TOKEN": "b"}
            await made.note("one", "two", "three")
            await made.share("mik.example")
        try:
            yield made
        finally:
            await jobs.close()

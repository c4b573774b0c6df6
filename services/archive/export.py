"""Makes an export, as a job: reads every part, writes the file, proves it by a trial restore."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from services.apps.components import ListComponents
from services.archive.folder import KEPT, ExportFolder
from services.archive.format import (
    AUDIT,
    KEY_NAMES,
    KEY_VALUES,
    MANIFEST,
    SETTINGS,
    SHARES,
    About,
    pack,
    unpack,
)
from services.archive.parts import Home, collect
from services.archive.restore import SettingsCheck, read_toml
from services.archive.seal import check_passphrase
from services.archive.texts import read_places, read_rows
from services.archive.trial import tried
from services.clock import Clock
from services.contract.archive import Part
from services.contract.job import ItemState, Job
from services.jobs.engine import Jobs
from services.jobs.passphrases import Passphrases
from services.jobs.run import Run
from services.text.amounts import counted, size_text

COLLECT, WRITE, TRIAL = range(3)
ITEMS: Final = ("collect", "write", "trial restore")
_NO_AUDIT: Final = "It is without the audit, which only an admin may take."


class ExportWork:
    """The work of jobs of the kind `export`."""

    kind = "export"

    def __init__(
        self,
        home: Home,
        folder: ExportFolder,
        *,
        components: ListComponents,
        version: str,
        clock: Clock,
        check_settings: SettingsCheck = read_toml,
    ) -> None:
        """Export `home` into `folder`; `components` and the cockpit's `version` are noted in it."""
        self._home = home
        self._folder = folder
        self._components = components
        self._version = version
        self._clock = clock
        self._check_settings = check_settings
        self._passphrases = Passphrases()

    async def begin(self, jobs: Jobs, passphrase: SecretStr | None, *, audit: bool) -> Job:
        """Start the job, with the `audit` or without it.

        Raises Invalid for a passphrase too short, Refused beside another job.
        """
        if passphrase is not None:
            check_passphrase(passphrase)
        mark = self._passphrases.keep(passphrase)
        name = f"hero-{self._clock.now():%Y-%m-%d-%H%M%S}.tar"
        plan = {"name": name, "passphrase": mark, "audit": audit}
        try:
            return await jobs.start(self.kind, title=f"Export {name}", items=ITEMS, plan=plan)
        except BaseException:
            self._passphrases.forget(mark)
            raise

    async def carry_out(self, run: Run) -> str:
        """Make the export from the beginning, wherever an earlier run of ours ended."""
        with self._passphrases.lent(run.plan["passphrase"]) as passphrase:
            return await self._carry_out(run, run.plan["name"], passphrase)

    async def _carry_out(self, run: Run, name: str, passphrase: SecretStr | None) -> str:
        audit = run.plan["audit"]
        await run.note(COLLECT, state=ItemState.RUNNING, step="reading")
        collected = await collect(self._home, passphrase, audit=audit)
        held = _held(collected.members)
        lacking = " ".join(filter(None, (collected.lacking, "" if audit else _NO_AUDIT)))
        await run.note(COLLECT, state=ItemState.DONE, sentence=f"{held}. {lacking}")
        if run.stopping:
            return "Stopped before anything was written."
        gone = await self._write(run, name, collected.members)
        if run.stopping:
            return f"{name} is written, and was not tried: the job was stopped before that."
        differences = await self._try(run, name, passphrase)
        if differences:
            return f"{name} is written, but is not proven. {differences}"
        proven = f"{name} holds {held}; a trial restore gave all of it back."
        return " ".join(filter(None, (proven, lacking, _made_room(gone))))

    async def _write(self, run: Run, name: str, members: Mapping[str, bytes]) -> Sequence[str]:
        await run.note(WRITE, state=ItemState.RUNNING, step="writing")
        components = await self._components()
        about = About(
            made_at=self._clock.now(),
            cockpit=self._version,
            versions={component.name: component.version for component in components},
        )
        data = await asyncio.to_thread(pack, about, members)
        gone = await self._folder.keep(name, data, await asyncio.to_thread(unpack, data))
        await run.note(WRITE, state=ItemState.DONE, sentence=f"{size_text(len(data))}.")
        return gone

    async def _try(self, run: Run, name: str, passphrase: SecretStr | None) -> str:
        """Try the file as it lies on the disk; return what is not the same, in words."""
        await run.note(TRIAL, state=ItemState.RUNNING, step="restoring into a scratch home")
        archive = await self._folder.read(name)
        found = await tried(
            archive,
            self._home,
            parts=archive.parts,
            now=self._clock.now(),
            passphrase=passphrase,
            check_settings=self._check_settings,
        )
        differences = differences_in(found)
        if differences:
            await run.note(TRIAL, state=ItemState.FAILED, sentence=differences)
            return differences
        await self._folder.prove(name)
        await run.note(TRIAL, state=ItemState.DONE, sentence="The same came back.")
        return ""


def _held(members: Mapping[str, bytes]) -> str:
    """Return what is in the export, as a list in words."""
    files = {SETTINGS: "settings", MANIFEST: "manifest"}
    words = [word for name, word in files.items() if name in members]
    if KEY_NAMES in members:
        number = len(read_places(members[KEY_NAMES]))
        sealed = " with their values" if KEY_VALUES in members else " without values"
        words.append(f"the names of {counted(number, 'key')}{sealed if number else ''}")
    words.append(counted(len(read_rows(members[SHARES])), "share"))
    if AUDIT in members:
        words.append(f"{counted(len(members[AUDIT].splitlines()), 'line')} of audit")
    return f"{', '.join(words[:-1])} and {words[-1]}"


def differences_in(found: Mapping[Part, str]) -> str:
    """Return in words what a trial restore found not to be the same; nothing if all was."""
    return " ".join(f"{part.capitalize()}: {words}" for part, words in found.items() if words)


def _made_room(gone: Sequence[str]) -> str:
    return f"At most {KEPT} exports are kept, so {', '.join(gone)} went." if gone else ""

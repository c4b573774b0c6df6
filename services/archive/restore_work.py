"""Restores an export part by part, as a job; or tries it in a scratch home and compares."""

import asyncio
from collections.abc import Sequence

from pydantic import SecretStr

from services.archive.folder import ExportFolder
from services.archive.format import KEY_VALUES, Archive
from services.archive.parts import Home
from services.archive.restore import Restorer, SettingsCheck, read_toml
from services.archive.seal import unseal
from services.archive.trial import tried
from services.clock import Clock
from services.contract.archive import Part
from services.contract.job import ItemState, Job
from services.errors import CockpitError, Invalid
from services.jobs.engine import Jobs
from services.jobs.passphrases import Passphrases
from services.jobs.run import Run


class RestoreWork:
    """The work of jobs of the kind `restore`; each part is one item."""

    kind = "restore"

    def __init__(
        self,
        home: Home,
        folder: ExportFolder,
        *,
        clock: Clock,
        check_settings: SettingsCheck = read_toml,
    ) -> None:
        """Restore exports of `folder` into `home`."""
        self._home = home
        self._folder = folder
        self._clock = clock
        self._check_settings = check_settings
        self._passphrases = Passphrases()

    async def begin(
        self,
        jobs: Jobs,
        name: str,
        *,
        parts: Sequence[Part] = (),
        without: Sequence[Part] = (),
        passphrase: SecretStr | None = None,
        trial: bool = False,
        new_owner: bool = False,
    ) -> Job:
        """Start the job for `parts`, or for all that the export holds but `without`.

        With `new_owner` the manifest in it may name another owner than the machine has. Raises
        NotFound, and Invalid for an export or a passphrase that cannot be used.
        """
        archive = await self._folder.read(name)
        chosen = tuple(parts) or tuple(part for part in archive.parts if part not in without)
        await _check(archive, name, chosen, passphrase)
        mark = self._passphrases.keep(passphrase)
        plan = {"name": name, "trial": trial, "passphrase": mark, "new_owner": new_owner}
        title = f"Try {name} in a scratch home" if trial else f"Restore {name}"
        try:
            return await jobs.start(self.kind, title=title, items=chosen, plan=plan)
        except BaseException:
            self._passphrases.forget(mark)
            raise

    async def carry_out(self, run: Run) -> str:
        """Restore what is not restored yet; a part that fails does not keep the others back."""
        with self._passphrases.lent(run.plan["passphrase"]) as passphrase:
            archive = await self._folder.read(run.plan["name"])
            if run.plan["trial"]:
                return await self._try(run, archive, passphrase)
            return await self._restore(run, archive, passphrase)

    async def _restore(self, run: Run, archive: Archive, passphrase: SecretStr | None) -> str:
        name = run.plan["name"]
        restorer = Restorer(
            self._home,
            archive,
            name=name,
            now=self._clock.now(),
            passphrase=passphrase,
            check_settings=self._check_settings,
            new_owner=run.plan["new_owner"],
        )
        for place, item in enumerate(run.items):
            if item.ended_at is not None:
                continue
            if run.stopping:
                return f"Stopped; {item.name} and what follows were left as they are."
            await run.note(place, state=ItemState.RUNNING, step="putting back")
            try:
                sentence, state = await restorer.put_back(Part(item.name)), ItemState.DONE
            except CockpitError as error:
                sentence, state = error.message, ItemState.FAILED
            await run.note(place, state=state, sentence=sentence)
        return _closing(run, name)

    async def _try(self, run: Run, archive: Archive, passphrase: SecretStr | None) -> str:
        parts = [Part(item.name) for item in run.items]
        for place in range(len(parts)):
            await run.note(place, state=ItemState.RUNNING, step="comparing")
        found = await tried(
            archive,
            self._home,
            parts=parts,
            now=self._clock.now(),
            passphrase=passphrase,
            check_settings=self._check_settings,
        )
        for place, part in enumerate(parts):
            words = found[part] or "The same as here."
            await run.note(place, state=ItemState.DONE, sentence=words)
        others = [part.value for part in parts if found[part]]
        if not others:
            return "Tried, and nothing was changed: all of it is the same as here."
        return f"Tried, and nothing was changed: {', '.join(others)} would be others than here."


async def _check(
    archive: Archive, name: str, parts: Sequence[Part], passphrase: SecretStr | None
) -> None:
    """Raise Invalid when a part is not in the export, or the passphrase does not open it."""
    if lacking := [part.value for part in parts if part not in archive.parts]:
        raise Invalid(f"{name} does not hold {', '.join(lacking)}.")
    if not parts:
        raise Invalid(f"{name} holds nothing that could be restored.")
    if passphrase is not None and Part.KEYS in parts and archive.holds_values:
        await asyncio.to_thread(unseal, archive.members[KEY_VALUES], passphrase)


def _closing(run: Run, name: str) -> str:
    failed = [item for item in run.items if item.state is ItemState.FAILED]
    if not failed:
        return f"{name} is restored. " + " ".join(item.sentence for item in run.items)
    names = ", ".join(item.name for item in failed)
    return f"{name} is restored but for {names}. {failed[0].sentence}"

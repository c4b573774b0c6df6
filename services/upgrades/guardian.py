"""The guardian of the cockpit's own upgrade: restarts it, judges it, and puts the former back.

It runs apart from the cockpit, out of the former build's file.
"""

import asyncio
from pathlib import Path

from services.apps.catalog import find_app
from services.apps.receipts import read_receipt
from services.contract.job import ItemState
from services.errors import CockpitError, NotFound
from services.upgrades.builds import SavedBuild
from services.upgrades.handover import GUARDED, GuardianVerdict
from services.upgrades.trial import Member, Trial


class Guardian:
    """Watches over one restart of the cockpit."""

    def __init__(self, trial: Trial, *, root: Path, app: str) -> None:
        """Guard the cockpit, the app `app`, whose Hero directories are below `root`."""
        self._trial = trial
        self._root = root
        self._app = find_app(app)

    async def carry_out(self, folder: Path, *, version: str) -> GuardianVerdict:
        """Restart the cockpit; unless it serves `version`, put the build in `folder` back.

        Leaves the verdict there and returns it. Raises NotFound when no build is saved there.
        """
        saved = await asyncio.to_thread(SavedBuild.load, self._root, folder)
        if saved is None:
            raise NotFound(f"There is no saved build in {folder}.")
        await asyncio.to_thread((folder / GUARDED).touch)
        verdict = await self._judged(saved, version)
        await asyncio.to_thread(verdict.write, folder)
        return verdict

    async def put_back(self, folder: Path, *, reason: str) -> GuardianVerdict:
        """Put the build in `folder` back because of `reason`, and prove that it serves.

        Leaves the verdict there and returns it. Raises NotFound when no build is saved there.
        """
        saved = await asyncio.to_thread(SavedBuild.load, self._root, folder)
        if saved is None:
            raise NotFound(f"There is no saved build in {folder}.")
        try:
            members = await self._trial.members(self._app)
        except CockpitError as error:
            members, reason = (), f"{reason} {error.message}"
        verdict = await self._former(saved, members, reason)
        await asyncio.to_thread(verdict.write, folder)
        return verdict

    async def _judged(self, saved: SavedBuild, version: str) -> GuardianVerdict:
        try:
            members = await self._trial.members(self._app)
        except CockpitError as error:
            return await self._former(saved, (), error.message)
        proven = await self._trial.restart(members, version=version, sign=_no_sign)
        if proven.ok:
            return GuardianVerdict(ItemState.DONE, f"Version {proven.version or version} serves.")
        return await self._former(saved, members, proven.sentence)

    async def _former(
        self, saved: SavedBuild, members: tuple[Member, ...], reason: str
    ) -> GuardianVerdict:
        """Put the former cockpit back and prove that it serves."""
        try:
            await asyncio.to_thread(saved.put_back)
        except (CockpitError, OSError) as error:
            words = f"{reason} The former cockpit could not be put back: {error}"
            return GuardianVerdict(ItemState.BROKEN, words)
        former = _version_of(saved)
        name = f"version {former}" if former else "build"
        proven = await self._trial.restart(members, version=former, sign=_no_sign)
        if proven.ok:
            return GuardianVerdict(
                ItemState.ROLLED_BACK, f"{reason} The former {name} serves again."
            )
        words = f"{reason} The former {name} was put back, but: {proven.sentence}"
        return GuardianVerdict(ItemState.BROKEN, words)


def _version_of(saved: SavedBuild) -> str:
    """Return the version that the saved receipt names."""
    found = (read_receipt(saved.folder / name) for name in saved.digests if name.endswith(".json"))
    return next((receipt.version for receipt in found if receipt is not None), "")


async def _no_sign() -> None:
    """Show nothing: nobody watches a guardian, its verdict is what counts."""

"""Watches the cockpit while `lab` renews its files: a build that nobody has tried may be started.

hero_proc starts whatever file is there when the cockpit ends. Should that be a build that does not
become a cockpit, nobody would be left to put the former one back; the sentry, which runs apart out
of the former build's file, does.
"""

import asyncio
from pathlib import Path

from services.clock import Clock
from services.upgrades.builds import SavedBuild
from services.upgrades.guardian import Guardian
from services.upgrades.handover import ACTING, GuardianVerdict, is_relieved

ABSENT_S = 15.0
"""How long no cockpit may be at work with files that nobody has tried; a start takes 2 s."""
LOOK_EVERY_S = 0.5
LONGEST_S = 2400.0

REASON = (
    "The cockpit ended while its new build was installed, and that build did not take its place."
)


class Sentry:
    """Watches over one build of the cockpit."""

    def __init__(self, guardian: Guardian, clock: Clock, *, root: Path, lock: Path) -> None:
        """Watch the cockpit below `root` that holds the lock at `lock` with its process number."""
        self._guardian = guardian
        self._clock = clock
        self._root = root
        self._lock = lock

    async def watch(self, folder: Path) -> GuardianVerdict | None:
        """Put the build in `folder` back when it must be; None when it was not needed."""
        began = seen = self._clock.monotonic()
        while (now := self._clock.monotonic()) - began < LONGEST_S:
            if await asyncio.to_thread(is_relieved, folder):
                return None
            if await asyncio.to_thread(self._is_well, folder):
                seen = now
            elif now - seen >= ABSENT_S:
                await asyncio.to_thread((folder / ACTING).touch)
                return await self._guardian.put_back(folder, reason=REASON)
            await self._clock.sleep(LOOK_EVERY_S)
        return None

    def _is_well(self, folder: Path) -> bool:
        """Tell whether a cockpit is at work, or the files are still the former ones."""
        if _lives(self._lock):
            return True
        saved = SavedBuild.load(self._root, folder)
        return saved is None or not saved.changed()


def _lives(lock: Path) -> bool:
    """Tell whether the process that noted itself in the lock still lives."""
    try:
        number = int(lock.read_text().strip())
        return Path(f"/proc/{number}").exists()
    except (OSError, ValueError):
        return False

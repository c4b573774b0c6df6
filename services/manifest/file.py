"""The manifest's file: read by everybody, edited by one writer at a time, never left broken.

Knows nothing of hero_proc: what is kept is one thing (here), what runs is another.
Source: hero_platform reference 2.5 (path, profiles, always-on set, enabled list).
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.contract.manifest import Manifest, Profile
from services.errors import CockpitError, Invalid, NotFound, Refused
from services.files.file_swap import content_of, only_writer, swap, unwritten
from services.manifest.edit import with_app, with_profile
from services.manifest.meaning import Usual, digest_of, is_blank
from services.manifest.text import LONGEST_BYTES, Unreadable, read_text

log = logging.getLogger(__name__)

Change = Callable[[bytes, Manifest], bytes]

TRIES = 5
"""How often an edit is made again on what a writer without the lock left."""
SETTLED_S = 2.0
"""A file touched later than this may be half written, or change again unseen."""


class ManifestFile:
    """The manifest of one machine; several processes may have the same file open."""

    def __init__(
        self,
        path: Path,
        *,
        demo: Sequence[str],
        always_on: Sequence[str],
        lock_wait_s: float = 10.0,
    ) -> None:
        """Use the file at `path`; `demo` and `always_on` fill in what it does not say."""
        self.path = path
        self._usual = Usual(str(path), demo=tuple(demo), always_on=tuple(always_on))
        self._lock_wait_s = lock_wait_s
        self._turn = asyncio.Lock()
        self._read: tuple[tuple[int, ...], Manifest] | None = None
        self._copied = ""

    async def read(self) -> Manifest:
        """Return what the file says now; a file that cannot be used is told in `problem`."""
        return await asyncio.to_thread(self._read_and_copy)

    async def enabled_apps(self) -> tuple[str, ...]:
        """Return the apps that this machine keeps, those always on first."""
        manifest = await self.read()
        return (*manifest.always_on, *manifest.enabled)

    async def keep(self, app: str, *, kept: bool = True) -> Manifest:
        """Keep `app` on this machine, or not; raises Refused, and Invalid for a broken file."""

        def change(content: bytes, manifest: Manifest) -> bytes:
            if (app in manifest.enabled) == kept or app in manifest.always_on:
                return content
            return with_app(content, app, kept=kept, present=manifest.enabled)

        return await self.edit(change)

    async def choose(self, profile: Profile, *, digest: str = "") -> Manifest:
        """Use `profile` from now on; with `custom` the apps stay those that are kept already."""

        def change(content: bytes, manifest: Manifest) -> bytes:
            custom = profile is Profile.CUSTOM
            apps = manifest.enabled if custom else self._usual.apps_of(profile)
            return with_profile(content, profile, apps=apps, listed=custom)

        return await self.edit(change, digest=digest)

    async def edit(self, change: Change, *, digest: str = "") -> Manifest:
        """Replace the content by what `change` makes of it and return what it says then.

        `change` is called again when somebody else was faster. With `digest` the edit is refused
        if the file is not the one that was looked at. Raises Refused and Invalid.
        """
        async with self._turn:
            return await asyncio.to_thread(self._edit, change, digest)

    async def restore(self) -> Manifest:
        """Put the last good copy back, the unusable file aside; raises Refused and NotFound."""
        async with self._turn:
            return await asyncio.to_thread(self._restore)

    def owner(self) -> str:
        """Return the owner's user name as the file says now; cheap enough for every request.

        Unlike `read` it may be called on the loop: one `stat`, and a small file after a change.
        """
        return self._now().owner

    @property
    def _real(self) -> Path:
        return Path(os.path.realpath(self.path))  # `resolve` raises on a loop of links

    @property
    def _copy(self) -> Path:
        return self._real.with_name(f"{self._real.name}.bak")

    def _good(self) -> bytes | None:
        try:
            return content_of(self._copy)
        except OSError:
            return None

    def _meant(self, content: bytes | None) -> Manifest:
        return self._usual.meaning(content, self._good())

    def _now(self) -> Manifest:
        mark = self._mark()
        if self._read is not None and self._read[0] == mark:
            return self._read[1]
        try:
            manifest = self._meant(content_of(self._real))
        except OSError as error:
            manifest = self._usual.unread(error, self._good())
        if mark and self._is_settled():
            self._read = (mark, manifest)
        return manifest

    def _mark(self) -> tuple[int, ...]:
        """Return what changes with the content or with the copy; nothing without a file."""
        try:
            files = [self._real.stat(), *([self._copy.stat()] if self._copy.exists() else [])]
        except OSError:
            return ()
        return tuple(n for f in files for n in (f.st_ino, f.st_size, f.st_mtime_ns, f.st_ctime_ns))

    def _is_settled(self) -> bool:
        try:
            return abs(time.time() - self._real.stat().st_mtime) > SETTLED_S
        except OSError:
            return False

    def _read_and_copy(self) -> Manifest:
        manifest = self._now()
        usable = manifest.exists and manifest.problem is None and manifest.digest
        if usable and manifest.digest != self._copied and self._is_settled():
            content = _content(self._real) or b""
            if digest_of(content) == manifest.digest and not is_blank(content):
                self._keep_copy(content)
                return self._meant(content)
        return manifest

    def _keep_copy(self, content: bytes) -> None:
        """Keep a good content beside the file; the file itself is worth more than its copy."""
        self._copied = digest_of(content)
        try:
            if (before := content_of(self._copy)) != content:
                swap(self._copy, content, expected=before, like=self._real)
        except (CockpitError, OSError) as error:
            log.warning("no copy of %s could be kept: %s", self.path, error)

    def _edit(self, change: Change, digest: str) -> Manifest:
        path = self._real
        with only_writer(path, wait_s=self._lock_wait_s):
            for _ in range(TRIES):
                content = _content(path)
                manifest = self._meant(content)
                _permit(manifest, digest)
                new = change(self._usual.first_text() if content is None else content, manifest)
                if new == content:
                    return manifest
                if swap(path, _usable(new), expected=content):
                    self._keep_copy(new)
                    return self._meant(new)
        raise Refused(f"{path.name} is being changed by another program all the time. Try again.")

    def _restore(self) -> Manifest:
        path = self._real
        with only_writer(path, wait_s=self._lock_wait_s):
            content = _content(path)
            manifest = self._meant(content)
            good = self._good()
            if good is None or not manifest.restorable:
                raise NotFound(f"There is no good copy of {path.name} to put back. Edit the file.")
            if content is not None and manifest.problem is None:
                raise Refused(f"{path.name} can be read, so there is nothing to put back.")
            if content is not None:
                _set_aside(path)
            like = self._copy if content is None else path
            if not swap(path, good, expected=content, like=like):
                raise Refused(f"{path.name} was changed meanwhile. Look at it again.")
            return self._meant(good)


def _content(path: Path) -> bytes | None:
    try:
        return content_of(path)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}). It was left as it is.") from error


def _permit(manifest: Manifest, digest: str) -> None:
    if manifest.problem is not None:
        cure = "restore the last good copy" if manifest.restorable else "remove it"
        raise Invalid(
            f"{manifest.path} cannot be used, so nothing was changed. "
            f"{manifest.problem.sentence} Correct the file, or {cure}."
        )
    if digest and digest != manifest.digest:
        raise Refused(
            "The manifest was changed by somebody else meanwhile. Look at it and choose again."
        )


def _usable(content: bytes) -> bytes:
    """Return `content` if everybody could read it; raises Refused."""
    try:
        read_text(content)
    except Unreadable as error:
        raise Refused(f"The change would make the manifest unusable: {error}") from error
    if len(content) > LONGEST_BYTES:
        raise Refused("The change would make the manifest larger than 1 MiB.")
    return content


def _set_aside(path: Path) -> None:
    """Give the unusable file a second name, so that nothing of it is lost."""
    aside = path.with_name(f"{path.name}.unusable-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    try:
        aside.hardlink_to(path)
    except OSError as error:
        raise unwritten(aside, error) from error

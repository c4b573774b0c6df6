"""What a manifest's content means for a machine: the gaps filled, a broken one told in words.

Pure. With a broken content the last good copy speaks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.contract.manifest import Manifest, ManifestProblem, Profile
from services.manifest.profiles import apps_of
from services.manifest.text import Said, Unreadable, read_text

_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIRST = """\
# Which apps this machine keeps. Written by the deployer, edited by hero_cockpit, read by
# setup-binaries.sh. Comments and keys that the cockpit does not know stay as they are.

# demo, lightweight, books or custom: what is kept when nothing else is said
profile = "demo"
# User name of the machine's owner, who may change things here
owner = ""

# Apps without which the machine cannot be run or reached
[always_on]
services = [
{always_on}]
"""


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def is_blank(content: bytes) -> bool:
    """Tell whether there is nothing in it: valid TOML, and yet what a cut short writer leaves."""
    return not content.strip(_BLANK)


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds on a machine wherever its manifest says nothing."""

    path: str
    demo: tuple[str, ...]
    always_on: tuple[str, ...]

    def apps_of(self, profile: Profile) -> tuple[str, ...]:
        """Return the apps that `profile` keeps besides those always on."""
        return apps_of(profile, demo=self.demo)

    def meaning(self, content: bytes | None, good: bytes | None) -> Manifest:
        """Return what `content` means (None: there is no file); `good` is the last good copy."""
        copy = _said_in(good)
        if content is None:
            return self._missing(copy)
        try:
            said = read_text(content)
        except Unreadable as error:
            return self._with_problem(error.problem, copy, digest_of(content))
        if copy is not None and is_blank(content):
            problem = ManifestProblem(sentence="It is empty.", line=1)
            return self._with_problem(problem, copy, digest_of(content))
        return self._manifest(said, digest=digest_of(content), restorable=copy is not None)

    def unread(self, error: OSError, good: bytes | None) -> Manifest:
        """Return what holds while the file cannot be read."""
        problem = ManifestProblem(sentence=f"It cannot be read: {error.strerror}.")
        return self._with_problem(problem, _said_in(good), digest="")

    def first_text(self) -> bytes:
        """Return the text of a new manifest, as the deployer would write it."""
        lines = (f'    "{app}",\n' for app in self.always_on)
        return _FIRST.format(always_on="".join(lines)).encode()

    def _missing(self, copy: Said | None) -> Manifest:
        """Return what holds without a file: normal on a new machine, odd where there was one."""
        if copy is None:
            return self._manifest(Said(), exists=False, restorable=False)
        gone = self._with_problem(ManifestProblem(sentence="It is gone."), copy, digest="")
        return gone.model_copy(update={"exists": False})

    def _with_problem(self, problem: ManifestProblem, copy: Said | None, digest: str) -> Manifest:
        manifest = self._manifest(copy or Said(), digest=digest, restorable=copy is not None)
        return manifest.model_copy(update={"problem": problem})

    def _manifest(
        self, said: Said, *, restorable: bool, digest: str = "", exists: bool = True
    ) -> Manifest:
        profile = said.profile or Profile.DEMO
        usual = self.apps_of(profile)
        always = said.always_on.over(self.always_on) if said.always_on else self.always_on
        enabled: Sequence[str] = said.enabled.over(usual) if said.enabled else usual
        return Manifest(
            path=self.path,
            exists=exists,
            profile=profile,
            owner=said.owner,
            always_on=always,
            enabled=tuple(app for app in enabled if app not in always),
            digest=digest,
            restorable=restorable,
        )


def _said_in(good: bytes | None) -> Said | None:
    """Return what the last good copy says; None when there is none that can be read."""
    try:
        return None if good is None else read_text(good)
    except Unreadable:
        return None

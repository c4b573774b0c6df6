"""The file of an export: a plain tar in a fixed order; one flipped bit anywhere in it is found.

Its first member names the format and the checksum of every other, the second that of the first.
What is not exactly as `pack` writes it is refused, so a crafted file cannot lead anywhere.
Pure; up to 256 MiB in memory, so call it in a thread. docs/protocols.md describes the format.
"""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from pydantic import AwareDatetime, Field, ValidationError

from services.contract.archive import Part
from services.errors import Invalid
from services.models import Frozen

FORMAT: Final = 1
MAX_MEMBER_BYTES: Final = 64 * 1024 * 1024
MAX_ARCHIVE_BYTES: Final = 256 * 1024 * 1024

ABOUT, ABOUT_SUM = "manifest.json", "manifest.sha256"
SETTINGS, MANIFEST = "settings/cockpit.toml", "settings/services.toml"
KEY_NAMES, KEY_VALUES = "keys/names.json", "keys/values.sealed.json"
SHARES, AUDIT = "shares.json", "audit.jsonl"
PART_OF: Final[Mapping[str, Part]] = {
    SETTINGS: Part.SETTINGS,
    MANIFEST: Part.MANIFEST,
    KEY_NAMES: Part.KEYS,
    KEY_VALUES: Part.KEYS,
    SHARES: Part.SHARES,
    AUDIT: Part.AUDIT,
}
"""The members besides the first two, in the order in which they stand; each may be missing."""

_BLOCK, _RECORD = 512, 10240
_NAME_FIELD, _SIZE_FIELD = slice(0, 100), slice(124, 135)


class MemberSum(Frozen):
    """Size and checksum of one member."""

    size_bytes: int
    sha256: str


class About(Frozen):
    """What an export says of itself."""

    format: int = FORMAT
    made_at: AwareDatetime
    cockpit: str
    """Version of the cockpit that made it."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Version of each app that was installed then."""
    members: dict[str, MemberSum] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Archive:
    """An export that was read and found whole."""

    about: About
    members: Mapping[str, bytes]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that it holds."""
        return tuple(dict.fromkeys(PART_OF[name] for name in self.members))

    @property
    def holds_values(self) -> bool:
        """Whether values of keys are in it, sealed."""
        return KEY_VALUES in self.members


def pack(about: About, members: Mapping[str, bytes]) -> bytes:
    """Return the file that holds `members`; the same members give the same bytes.

    Raises Invalid when a member is too large.
    """
    ordered = {name: members[name] for name in PART_OF if name in members}
    sums = {name: _sum_of(content) for name, content in ordered.items()}
    head = about.model_copy(update={"members": sums}).model_dump_json(indent=1).encode()
    file = io.BytesIO()
    for name, content in {ABOUT: head, ABOUT_SUM: _sum_line(head), **ordered}.items():
        if len(content) > MAX_MEMBER_BYTES:
            raise Invalid(f"{name} is larger than an export can hold ({MAX_MEMBER_BYTES} bytes).")
        file.write(_header(name, len(content)))
        file.write(content + bytes(-len(content) % _BLOCK))
    file.write(bytes(2 * _BLOCK))
    file.write(bytes(-file.tell() % _RECORD))
    return file.getvalue()


def unpack(data: bytes) -> Archive:
    """Return what an export holds; raises Invalid when it is not exactly as it was written."""
    members = _members(data)
    head = members.pop(ABOUT, b"")
    if members.pop(ABOUT_SUM, b"") != _sum_line(head):
        raise Invalid("This is no export of a Hero cockpit, or its first part is damaged.")
    about = _about(head)
    if list(members) != list(about.members):
        raise Invalid("The export does not hold the parts that it names. Take another copy.")
    for name, content in members.items():
        if _sum_of(content) != about.members[name]:
            raise Invalid(f"{name} in the export is damaged. Take another copy of the file.")
    return Archive(about, members)


def _about(head: bytes) -> About:
    try:
        about = About.model_validate_json(head)
        about.made_at.astimezone(UTC)
    except (ValidationError, OverflowError) as error:  # the year 9999 may have no time in UTC
        raise Invalid("The export does not say what it is. Take another copy.") from error
    if about.format != FORMAT:
        raise Invalid(
            f"The export has format {about.format}, and this cockpit knows {FORMAT}. "
            "Upgrade the cockpit, then restore."
        )
    return about


def _members(data: bytes) -> dict[str, bytes]:
    """Return the members in their order; every byte between them must be as `pack` writes it."""
    if len(data) > MAX_ARCHIVE_BYTES:
        raise Invalid(f"An export holds at most {MAX_ARCHIVE_BYTES} bytes; this is no export.")
    members: dict[str, bytes] = {}
    allowed = [ABOUT, ABOUT_SUM, *PART_OF]
    at = 0
    while data[at : at + _BLOCK].strip(b"\0"):
        header = data[at : at + _BLOCK]
        name, size = _read_header(header)
        if name not in allowed or header != _header(name, size):
            raise Invalid("This is no export of a Hero cockpit, or it is damaged.")
        allowed = allowed[allowed.index(name) + 1 :]
        begin, end = at + _BLOCK, at + _BLOCK + size
        at = end + -end % _BLOCK
        if at > len(data) or data[end:at].strip(b"\0"):
            raise Invalid(f"The export is cut off or damaged after {name}. Take another copy.")
        members[name] = data[begin:end]
    if len(data) != _padded(at + 2 * _BLOCK) or data[at:].strip(b"\0"):
        raise Invalid("The export is cut off, or something follows it. Take another copy.")
    return members


def _padded(size: int) -> int:
    return size + -size % _RECORD


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.USTAR_FORMAT)


def _read_header(header: bytes) -> tuple[str, int]:
    """Return the name and size that a header gives; no name where it is no header."""
    size = header[_SIZE_FIELD]
    if not size or size.strip(b"01234567"):
        return "", 0
    return header[_NAME_FIELD].rstrip(b"\0").decode("ascii", "replace"), int(size, 8)


def _sum_of(content: bytes) -> MemberSum:
    return MemberSum(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _sum_line(head: bytes) -> bytes:
    """Return the line that `sha256sum --check` understands."""
    return f"{hashlib.sha256(head).hexdigest()}  {ABOUT}\n".encode()

"""The five kinds of failure, each named for what the user can do next.

    CockpitError
    ├── Unreachable   nobody answers          → wait, show what was known, offer another try
    ├── Refused       a daemon said no        → show its words
    ├── NotAllowed    these claims may not    → explain, do not offer
    ├── NotFound      the named thing is gone → look again
    └── Invalid       input or file is wrong  → correct it

Errors of libraries and of the system are translated once, at the wall where they enter:
`http_socket` for daemons, `outside` for other hosts, `database` and `file_swap` for what is ours.
"""

from typing import ClassVar


class CockpitError(Exception):
    """A failure that a person is told about in one sentence.

    `message` says what happened, to what, and what to do now. `detail` is for the log only and
    may hold a daemon's raw words; neither ever holds the value of a secret.
    """

    kind: ClassVar[str] = "failed"
    """Stable word for programs: the JSON-RPC error's `data.kind`."""
    code: ClassVar[int] = -32000
    """The JSON-RPC error code of this kind."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Unreachable(CockpitError):
    """A socket is absent, refuses, hangs up or stays silent."""

    kind = "unreachable"
    code = -32001


class Refused(CockpitError):
    """A daemon answered, and its answer is no, or is nothing that can be understood."""

    kind = "refused"
    code = -32002


class NotAllowed(CockpitError):
    """The caller's claims do not include what the operation asks for."""

    kind = "not_allowed"
    code = -32003


class NotFound(CockpitError):
    """The named service, console or file does not exist."""

    kind = "not_found"
    code = -32004


class Invalid(CockpitError):
    """What was given cannot be used: parameters, a name, a file's content."""

    kind = "invalid"
    code = -32602


KINDS: tuple[type[CockpitError], ...] = (Unreachable, Refused, NotAllowed, NotFound, Invalid)

"""How requests to the outside fail: the system's and the library's errors as a few named faults."""

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum

import httpcore

from services.errors import Unreachable


class Fault(StrEnum):
    """At what a request to the outside failed."""

    NO_NAME = "no_name"
    NO_ROUTE = "no_route"
    REFUSED = "refused"
    NO_CONNECTION = "no_connection"
    TLS = "tls"
    SILENT = "silent"
    CUT = "cut"


_SENTENCES: Mapping[Fault, str] = {
    Fault.NO_NAME: "The name {host} cannot be looked up. Check the network of this machine.",
    Fault.NO_ROUTE: "This machine has no way to {host}. Check its network.",
    Fault.REFUSED: "{host} does not take connections. Try again later.",
    Fault.NO_CONNECTION: "{host} did not take the connection in time. Try again later.",
    Fault.TLS: "{host} did not prove who it is (TLS), so nothing was sent to it. "
    "Check the clock of this machine and what stands between it and the internet.",
    Fault.SILENT: "{host} took the request, but did not answer in time.",
    Fault.CUT: "{host} hung up before its answer was whole.",
}
_BEFORE_SENDING = frozenset(
    {Fault.NO_NAME, Fault.NO_ROUTE, Fault.REFUSED, Fault.NO_CONNECTION, Fault.TLS}
)
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


FAILURES = (
    TimeoutError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.RemoteProtocolError,
    httpcore.ProxyError,
)
"""What a request to the outside may fail with, below this wall."""


class OutsideError(Unreachable):
    """No answer came from the outside; `fault` says at what it failed."""

    def __init__(self, fault: Fault, host: str, detail: str = "") -> None:
        super().__init__(_SENTENCES[fault].format(host=host), detail)
        self.fault = fault

    @property
    def may_have_arrived(self) -> bool:
        """True when the request may have been carried out all the same."""
        return self.fault not in _BEFORE_SENDING


def fault_of(error: Exception, *, begun: bool) -> Fault:
    """Return at what a request failed; `begun` tells whether it had begun to leave."""
    late = isinstance(error, TimeoutError | httpcore.TimeoutException)
    if begun:
        return Fault.SILENT if late else Fault.CUT
    return Fault.NO_CONNECTION if late else _why(error)


def _why(error: BaseException) -> Fault:
    """Return at what a connection failed, from the system's own error below the library's."""
    below = list(_below(error))
    if any(isinstance(one, socket.gaierror) for one in below):
        return Fault.NO_NAME
    if any(isinstance(one, ssl.SSLError) for one in below):
        return Fault.TLS
    numbers = {one.errno for one in below if isinstance(one, OSError)}
    if errno.ECONNREFUSED not in numbers and numbers & _NO_ROUTE:
        return Fault.NO_ROUTE
    return Fault.REFUSED


def _below(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _below(one)
        error = error.__cause__ or error.__context__

"""The gateway's port: found free before anything starts, and kept while the preview runs."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from cockpit_app.preview.home import PreviewError

HOST = "127.0.0.1"
MAX_PORT = 65_535


@contextmanager
def reserved_port(port: int) -> Iterator[int]:
    """Hold `port` of the loopback address, or any for 0; raises PreviewError when it is taken.

    The socket is bound and never listens, so that the gateway, told to reuse addresses, can have
    the port as often as it starts, and between its lives a connection is refused.
    """
    if not 0 <= port <= MAX_PORT:
        raise PreviewError(f"{port} is no port; choose one from 0 to {MAX_PORT} with --port.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((HOST, port))
        except OSError as error:
            raise PreviewError(_why_not(port, error)) from error
        yield holder.getsockname()[1]


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {HOST} is taken; choose another with --port, or 0 for any."
    return (
        f"Port {port} of {HOST} cannot be used ({error.strerror}); "
        "choose another with --port, or 0 for any."
    )

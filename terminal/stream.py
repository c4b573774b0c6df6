"""An ordered stream of bytes both ways: what every source of a console looks like."""

from typing import Protocol


class StreamError(Exception):
    """A stream could not be opened or broke; the message is a sentence for a person.

    `retry` tells whether trying again may help: nobody listens yet, but soon may.
    """

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retry = retry


class ByteStream(Protocol):
    """Ordered bytes both ways."""

    async def read(self, limit: int = 8192) -> bytes:
        """Return 1 to `limit` bytes as soon as some are there; empty bytes mean the end.

        Raises StreamError when the far side broke off.
        """

    async def write(self, data: bytes) -> None:
        """Send all of `data`, waiting while the far side is not ready.

        Raises StreamError when the far side is gone.
        """

    async def resize(self, *, rows: int, columns: int) -> bool:
        """Tell the far end the size; False when this kind of stream has no way to."""

    async def close(self) -> None:
        """End the stream; a second call does nothing."""

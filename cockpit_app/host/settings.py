"""How the web host behaves; filled by the wiring from `cockpit.toml` and the command line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flet.controls.page import Page

Main = Callable[[Page], Awaitable[None] | None]
"""Draws a new session's page; may be a coroutine function."""

Front = Literal["proxy", "none"]
"""Who stands before a listener: `proxy` is believed about identity, host and prefix."""

Face = Literal["web", "admin"]
"""Which socket an application serves."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Times, limits and places of the web host."""

    prefix: str = ""
    """Path below which the front shows the cockpit when it does not say so itself."""
    embedders: tuple[str, ...] = ()
    """Origins of Hero OS shells that may show the cockpit in a frame."""
    hosts: tuple[str, ...] = ()
    """Names by which the listener may be called, without port; empty: any."""
    session_ttl_s: float = 90.0
    """How long a page's state outlives its last connection."""
    recheck_s: float = 60.0
    """So long a connection goes on until the front must have vouched for it again."""
    life_every_s: float = 10.0
    """How often a page hears that the server lives; after 2.5 times that it misses it."""
    register_within_s: float = 5.0
    """How long a new connection may stay silent."""
    sessions: int = 256
    """Most sessions at a time."""
    backlog_bytes: int = 16 * 1024 * 1024
    """Most bytes that may wait for a slow browser before it is cut off."""
    cache_dir: Path | None = None
    """Where compressed files are kept; None means the user's cache directory."""

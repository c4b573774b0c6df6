"""Names of the Hero platform that public sources leave open: one table that settings override.

Sources: hero_proc reference 1.4 and 7 (methods, parameters, sockets), 3.1 (socket files).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.errors import Invalid


@dataclass(frozen=True, slots=True)
class Defaults:
    """Every name we had to guess, most likely first."""

    proc_sockets: tuple[str, ...] = (
        "hero_proc/rpc.sock",
        "hero_proc_server/rpc.sock",
        "proc/rpc.sock",
        "hero_proc_server.sock",
        "hero_proc.sock",
    )
    """Where hero_proc may listen, below the socket directory."""
    openrpc_paths: tuple[str, ...] = ("/openrpc.json",)
    """Where hero_proc may describe its methods; `rpc.discover` is asked after these."""
    list_full: tuple[str, ...] = ("service.list_full", "service_list_full")
    list: tuple[str, ...] = ("service.list", "service_list")
    status: tuple[str, ...] = ("service.status", "service.status_full", "service_status")
    start: tuple[str, ...] = ("service.start", "service_start")
    stop: tuple[str, ...] = ("service.stop", "service_stop")
    restart: tuple[str, ...] = ("service.restart", "service_restart")
    name_parameters: tuple[str, ...] = ("name", "service", "service_name", "id")
    """What the parameter that names a service may be called."""
    http_kinds: tuple[str, ...] = ("rpc", "web", "admin", "ui")
    """Socket files that speak HTTP and so have `/health`; others are only connected to."""
    expected_kinds: tuple[str, ...] = ("rpc", "web", "admin", "ui")
    """Socket files looked for when hero_proc does not say what a service declares."""
    protected: frozenset[str] = field(
        default_factory=lambda: frozenset(
            {"hero_proc", "hero_proxy", "hero_cockpit", "hero_router"}
        )
    )
    """Apps that the cockpit stands on: they can be restarted, not stopped."""
    own_app: str = "hero_cockpit"

    def overridden(self, names: Mapping[str, Any]) -> "Defaults":
        """Return the table with `names` in place of the built-in ones.

        Each is a list of texts under its name here; raises Invalid naming what is wrong.
        """
        changes: dict[str, Any] = {}
        for name, value in names.items():
            if name not in self.__dataclass_fields__:
                known = ", ".join(self.__dataclass_fields__)
                raise Invalid(f"[names] has no {name!r}; known are: {known}.")
            changes[name] = _like(getattr(self, name), name, value)
        return replace(self, **changes)


DEFAULTS = Defaults()


def _like(old: object, name: str, value: Any) -> Any:
    """Return `value` in the shape of `old`: a text, or a collection of texts."""
    if isinstance(old, str):
        if isinstance(value, str) and value:
            return value
        raise Invalid(f"[names] {name} must be a text.")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t for t in texts):
        raise Invalid(f"[names] {name} must be a list of texts.")
    return type(old)(texts)  # type: ignore[call-arg] # tuple or frozenset, both take a list

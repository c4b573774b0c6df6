"""Where sockets are, by the names of services. Pure.

Source: hero_proc reference 3.1 and 7.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path


def candidates(directory: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Return where a daemon's socket may be: each of `names` below the socket directory."""
    return tuple(directory / name for name in names)


def expected_sockets(directory: Path, service: str, kinds: Sequence[str]) -> tuple[Path, ...]:
    """Return the socket files that a service may have when nobody says which it declares.

    A service per binary (`X_server`, `X_web`, `X_admin`, `X_ui`) shares the directory of its app;
    the bare name has all kinds. Source: hero_proc reference 3.1 and 7.
    """
    app, suffix = split_name(service)
    if not is_safe_name(app):
        return ()
    wanted = {"": kinds, "server": ["rpc"]}.get(suffix, [suffix])
    return tuple(directory / app / f"{kind}.sock" for kind in wanted)


def split_name(service: str) -> tuple[str, str]:
    """Return the app of a service, and which part of it the service is (empty: all of it)."""
    for suffix in ("server", "admin", "web", "ui"):
        app = service.removesuffix(f"_{suffix}")
        if app and app != service:
            return app, suffix
    return service, ""


def is_safe_name(name: str) -> bool:
    """Tell whether `name` can be one part of a path without leading anywhere else."""
    return name not in {"", ".", ".."} and "/" not in name and name.isprintable()

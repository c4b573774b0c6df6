"""Facts of the machine that this process runs on, from the standard library and /proc alone.

Blocking: it reads small files. Whatever cannot be found out is left out.
"""

import ipaddress
import os
import platform
import shutil
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from services.contract.machine import Disk, Memory
from services.text.amounts import size_text

MEMINFO = Path("/proc/meminfo")
DISK, MEMORY = "disk space", "memory"
_SHORT = {DISK: (0.05, 2_000_000_000), MEMORY: (0.05, 500_000_000)}
"""A resource is short below this share of all of it, or this many bytes if that is less."""


def machine_facts(home: Path) -> dict[str, Any]:
    """Return the machine's part of `SystemInfo`; `home` is the root of the Hero directories."""
    return {
        "python": platform.python_version(),
        "flet": _version_of("flet"),
        "hostname": platform.node(),
        "os": _os_name(),
        "kernel": platform.release(),
        "cpu_count": os.cpu_count() or 1,
        "load": _load(),
        "memory": _memory(MEMINFO),
        "disk": _disk(home),
        "uptime_s": _uptime_s(Path("/proc/uptime")),
        "home": str(home),
        "mycelium_address": mycelium_address(home),
    }


def mycelium_address(home: Path) -> str | None:
    """Return the machine's address in the Mycelium network, if its configuration names one.

    Source: hero_proc reference 3.5 (`cfg/hero_cfg.toml`, `[mycelium].ipv6_address`).
    """
    try:
        configuration = tomllib.loads((home / "cfg" / "hero_cfg.toml").read_text())
        address = configuration["mycelium"]["ipv6_address"]
        return str(ipaddress.IPv6Address(str(address).split("/")[0]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def shortages(home: Path, was: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return a sentence for each resource that runs short, by its name.

    What ran short before (`was`) counts as short until there is half as much again.
    """
    disk, memory = _disk(home), _memory(MEMINFO)
    short: dict[str, str] = {}
    if disk is not None and disk.free_bytes < _limit(disk.total_bytes, DISK, was):
        short[DISK] = f"The disk is nearly full: {_of(disk.free_bytes, disk.total_bytes)} are free."
    if memory is not None and memory.available_bytes < _limit(memory.total_bytes, MEMORY, was):
        left = _of(memory.available_bytes, memory.total_bytes)
        short[MEMORY] = f"Memory is nearly used up: {left} are free."
    return short


def _limit(total_bytes: int, resource: str, was: frozenset[str]) -> float:
    share, least_bytes = _SHORT[resource]
    return min(total_bytes * share, least_bytes) * (1.5 if resource in was else 1.0)


def _of(free_bytes: int, total_bytes: int) -> str:
    return f"{size_text(free_bytes)} of {size_text(total_bytes)}"


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _load() -> tuple[float, float, float]:
    try:
        return os.getloadavg()
    except OSError:
        return 0.0, 0.0, 0.0


def _memory(meminfo: Path) -> Memory | None:
    try:
        lines = meminfo.read_text().splitlines()
        kib = {name: int(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
        return Memory(
            total_bytes=kib["MemTotal"] * 1024, available_bytes=kib["MemAvailable"] * 1024
        )
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _disk(home: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(home)
    except OSError:
        return None
    return Disk(total_bytes=usage.total, free_bytes=usage.free)


def _uptime_s(uptime: Path) -> int | None:
    try:
        return int(float(uptime.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return None

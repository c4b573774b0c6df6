"""Reads what hero_compute says of its virtual machines: any likely shape in, one `VmReport` each.

Pure and tolerant. A machine's own secret is compared here and goes no further.
Source: hero_platform reference 4.3 (fields; states and shapes are unknown) and 4.4 (variants).
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.contract.compute import VmState
from services.wire.reply import one_line

MOST_VMS = 10_000
MAX_SID_CHARS = 100
_LISTS = ("vms", "machines", "items", "result", "data")
_SINGLE = ("vm", "machine", "result", "data")
_SIDS = ("sid", "vm_sid", "vm_id", "id")
_STATES = ("status", "state", "vm_state", "phase")
_CPUS = ("cpu_count", "cpus", "vcpus", "cpu")
_ADDRESSES = ("mycelium_ip", "mycelium_address", "ipv6_address")
_WORDS: Mapping[str, VmState] = {
    **dict.fromkeys(("running", "up", "active", "started", "online", "ready"), VmState.RUNNING),
    **dict.fromkeys(
        ("starting", "booting", "pending", "creating", "deploying", "provisioning", "restarting"),
        VmState.STARTING,
    ),
    **dict.fromkeys(("stopping", "shuttingdown", "terminating", "deleting"), VmState.STOPPING),
    **dict.fromkeys(
        ("stopped", "halted", "shutoff", "shutdown", "off", "down", "exited", "created", "paused"),
        VmState.STOPPED,
    ),
    **dict.fromkeys(("failed", "error", "crashed", "dead", "failure"), VmState.FAILED),
}


@dataclass(frozen=True, slots=True)
class VmReport:
    """What hero_compute says of one virtual machine."""

    sid: str
    name: str = ""
    raw_state: str = ""
    state: VmState = VmState.UNKNOWN
    hypervisor_id: str = ""
    mycelium_address: str = ""
    cpu_count: int | None = None


def looks_like_vms(result: object) -> bool:
    """Tell whether a result of `list_vms` has one of the known shapes."""
    return result is None or isinstance(_unwrapped(result), list | dict)


def read_vms(result: object, *, secret: str) -> Iterator[VmReport]:
    """Yield the machines that `secret` opens: an array, a map by identifier, or one wrapped."""
    seen: set[str] = set()
    for sid, item in _items(_unwrapped(result)):
        report = _report(item, sid) if _opens(item, secret) else None
        if report is not None and report.sid not in seen and len(seen) < MOST_VMS:
            seen.add(report.sid)
            yield report


def read_vm(result: object, *, sid: str, secret: str) -> VmReport | None:
    """Return the machine in a `get_vm` result; None when it is another, or none that opens."""
    for key in _SINGLE:
        if isinstance(result, dict) and isinstance(result.get(key), dict):
            result = result[key]
    if not isinstance(result, dict) or not result or not _opens(result, secret):
        return None
    report = _report(result, sid)
    return report if report is not None and report.sid == sid else None


def state_word(raw: str) -> VmState:
    """Return the state that a word means, whatever its case and separators."""
    return _WORDS.get(re.sub(r"[\W_]+", "", raw).lower(), VmState.UNKNOWN)


def _unwrapped(result: object) -> object:
    for _ in range(3):
        if not isinstance(result, dict):
            break
        inner = next((result[k] for k in _LISTS if isinstance(result.get(k), list | dict)), None)
        if inner is None:
            break
        result = inner
    return result


def _items(inner: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(inner, list):
        yield from (("", item) for item in inner if isinstance(item, dict))
    elif isinstance(inner, dict):
        if _text(inner, _SIDS):
            yield "", inner
            return
        yield from ((sid, item) for sid, item in inner.items() if isinstance(item, dict))


def _opens(item: Mapping[str, Any], secret: str) -> bool:
    """Tell whether a machine may be seen; older versions hand out all, with their secrets."""
    own = item.get("secret")
    if not isinstance(own, str) or not own:
        return True
    return hmac.compare_digest(own.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))


def _report(item: Mapping[str, Any], sid: str) -> VmReport | None:
    sid = _text(item, _SIDS) or sid
    if not sid or len(sid) > MAX_SID_CHARS or not sid.isprintable():
        return None
    raw = _raw_state(item)
    return VmReport(
        sid=sid,
        name=one_line(_text(item, ("name", "vm_name")), 100),
        raw_state=raw,
        state=state_word(raw),
        hypervisor_id=_text(item, ("hypervisor_id",)),
        mycelium_address=one_line(_text(item, _ADDRESSES), 60),
        cpu_count=next((item[k] for k in _CPUS if _is_count(item.get(k))), None),
    )


def _raw_state(item: Mapping[str, Any]) -> str:
    """Return its word for the state: a text, `{"state": …}`, or the only key of an object."""
    value = next((item[k] for k in _STATES if item.get(k)), "")
    if isinstance(value, dict):
        inner = _text(value, _STATES)
        value = inner or (next(iter(value)) if len(value) == 1 else "")
    return one_line(value, 40) if isinstance(value, str) else ""


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000


def _text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = item.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""

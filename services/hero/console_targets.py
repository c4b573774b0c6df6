"""Where the console of a virtual machine is: one folder below that of all machines, if it is there.

Source: hero_platform reference 4.1 (`~/.chvm/vms/{hypervisor_id}/vsock.sock`).
"""

import re
from pathlib import Path

from services.contract.compute import Vm, VmState
from services.hero.vm_reports import VmReport

_ONE_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_UP = frozenset({VmState.RUNNING, VmState.STARTING, VmState.UNKNOWN})


def with_console(report: VmReport, folder: Path) -> Vm:
    """Return a machine with its console if that can be opened, and why not otherwise.

    Looks at the file system; `folder` holds a folder for each machine.
    """
    console, sentence = _console(report, folder)
    return Vm(
        sid=report.sid,
        name=report.name,
        state=report.state,
        raw_state=report.raw_state,
        hypervisor_id=report.hypervisor_id if _ONE_PART.fullmatch(report.hypervisor_id) else "",
        mycelium_address=report.mycelium_address,
        cpu_count=report.cpu_count,
        console=console,
        sentence=sentence,
    )


def _console(report: VmReport, folder: Path) -> tuple[str, str]:
    if not report.hypervisor_id:
        return "", "It has no console: its hypervisor has not named it yet."
    if not _ONE_PART.fullmatch(report.hypervisor_id):
        return "", "It has no console: its hypervisor's name for it cannot be that of a folder."
    if report.state not in _UP:
        return "", f"Its console opens when it runs; it is {report.state} now."
    try:
        there = (folder / report.hypervisor_id / "vsock.sock").is_socket()
    except OSError:
        there = False
    if there:
        return report.hypervisor_id, "Its console can be opened."
    return "", "Its console is not on this host: there is no vsock socket for it."

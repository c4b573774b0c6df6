"""The `ComputeService.*` methods of the preview's hero_compute: the records of its machines.

Only the guest has a console; one machine is stopped, and one is protected by a secret.
A wrong secret makes a machine invisible, and an empty one means no protection.
Source: hero_platform reference, 4.3.
"""

import hmac
import json
from typing import Any

from cockpit_app.preview.face import Method
from cockpit_app.preview.home import Home
from cockpit_app.preview.records import read_json, write_private
from cockpit_app.rpc.jsonrpc import Fault

NOT_FOUND = -32000

GUEST: dict[str, Any] = {
    "sid": "vm0001",
    "name": "preview",
    "hypervisor_id": "preview",
    "secret": "",
    "slice_sid": "slice0001",
    "status": "running",
    "image": "preview",
    "cpu_count": 1,
    "mycelium_ip": "",
}
SECRET = "open-sesame"  # noqa: S105 # for rehearsals, and the same in every preview
"""What shows the protected machine of a new home."""

MACHINES: list[dict[str, Any]] = [
    GUEST,
    GUEST
    | {
        "sid": "vm0002",
        "name": "archive",
        "hypervisor_id": "archive",
        "slice_sid": "slice0002",
        "status": "stopped",
        "cpu_count": 2,
        "mycelium_ip": "400:fb5c::2",
    },
    GUEST
    | {
        "sid": "vm0003",
        "name": "vault",
        "hypervisor_id": "vault",
        "secret": SECRET,
        "slice_sid": "slice0003",
        "mycelium_ip": "400:fb5c::3",
    },
]


class ComputeMethods:
    """Answers from the file that describes the machines of a home."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "machines.json"
        if not self._path.exists():
            write_private(self._path, json.dumps(MACHINES).encode())

    def methods(self) -> list[Method]:
        """Return the group of methods."""
        return [
            Method("ComputeService.list_vms", self._list),
            Method("ComputeService.get_vm", self._get),
        ]

    async def _list(self, secret: str = "") -> list[dict[str, Any]]:
        """Return the machines that the secret opens."""
        return self._visible(secret)

    async def _get(self, sid: str, secret: str = "") -> dict[str, Any]:
        """Return one machine."""
        for machine in self._visible(secret):
            if machine["sid"] == sid:
                return machine
        raise Fault(NOT_FOUND, f"There is no virtual machine {sid!r}.")

    def _visible(self, secret: str) -> list[dict[str, Any]]:
        machines: list[dict[str, Any]] = read_json(self._path, [])
        return [
            {key: value for key, value in machine.items() if key != "secret"}
            for machine in machines
            if not machine["secret"]
            or hmac.compare_digest(machine["secret"].encode(), secret.encode())
        ]

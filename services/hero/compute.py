"""The client of hero_compute, which runs virtual machines; most machines have none.

A secret goes to hero_compute and nowhere else: what it answers to one is never repeated in words.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from services.contract.compute import Vm, VmList
from services.defaults import DEFAULTS, Defaults
from services.errors import CockpitError, NotAllowed, NotFound, Refused
from services.hero.console_targets import with_console
from services.hero.socket_names import candidates
from services.hero.vm_reports import looks_like_vms, read_vm, read_vms
from services.wire.discovery import Argument, NoSuchMethod, Vocabulary
from services.wire.node import Node
from services.wire.reply import Answered, one_line
from services.wire.rpc import RpcClient

TIMEOUT_S = 5.0
ABSENT = "This machine runs no hero_compute, so it hosts no virtual machines."
_INTERNAL_ERROR = -32603


class Compute:
    """The virtual machines of this host, whichever dialect hero_compute speaks."""

    def __init__(self, client: RpcClient, *, vms: Path, defaults: Defaults = DEFAULTS) -> None:
        """Ask `client`; the machines' folders are below `vms`."""
        self._client = client
        self._vms = vms
        self._names = defaults
        self._vocabulary = Vocabulary(
            client, parameters=("secret",), openrpc_paths=defaults.openrpc_paths
        )

    @classmethod
    def at(
        cls, node: Node, sockets: Path, *, vms: Path, defaults: Defaults = DEFAULTS
    ) -> "Compute":
        """Return the client of the hero_compute below the folder `sockets` of `node`."""
        places = candidates(sockets, defaults.compute_sockets)
        client = RpcClient(node, places, daemon="hero_compute", targets=defaults.rpc_paths)
        return cls(client, vms=vms, defaults=defaults)

    async def list(self, *, secret: str = "") -> VmList:
        """Return the machines that `secret` opens, and those that need none."""
        if await self._client.mark() is None:
            return VmList(present=False, sentence=ABSENT)
        result = await self._say(self._names.vm_list, [_secret(secret)])
        if not looks_like_vms(result):
            raise Refused("hero_compute's list of machines has an unknown shape. Look at its log.")
        reports = list(read_vms(result, secret=secret))
        vms = await asyncio.to_thread(lambda: tuple(with_console(r, self._vms) for r in reports))
        hidden = "" if secret else " One with a secret is shown only to those who give it."
        found = f"{len(vms)} virtual machine{'' if len(vms) == 1 else 's'}.{hidden}"
        return VmList(vms=vms, present=True, sentence=found)

    async def get(self, sid: str, *, secret: str = "") -> Vm:
        """Return one machine; raises NotFound alike for one that is not there or not opened."""
        if await self._client.mark() is None:
            raise NotFound(ABSENT)
        nothing = NotFound(
            f"There is no virtual machine {one_line(sid, 100)!r} that this secret opens."
            if secret
            else f"There is no virtual machine {one_line(sid, 100)!r} that opens without a secret."
        )
        try:
            result = await self._say(
                self._names.vm_get, [Argument(("sid", "vm_sid", "id"), sid), _secret(secret)]
            )
        except _Denied:
            raise nothing from None
        report = read_vm(result, sid=sid, secret=secret)
        if report is None:
            raise nothing
        return await asyncio.to_thread(with_console, report, self._vms)

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _say(self, methods: Sequence[str], arguments: Sequence[Argument]) -> object:
        try:
            return await self._vocabulary.say_with(methods, arguments, timeout_s=TIMEOUT_S)
        except (Refused, NotAllowed) as error:
            # Without the cause: hero_compute's own words may hold the secret.
            raise _wordless(error) from None


def _secret(secret: str) -> Argument:
    return Argument(("secret",), secret, optional=not secret)


class _Denied(Refused):
    """It said no, which it says alike of what is not there and of what a secret does not open."""


def _wordless(error: CockpitError) -> CockpitError:
    """Return what a daemon's refusal means, without its words."""
    if isinstance(error, NoSuchMethod):
        return Refused("This hero_compute cannot be asked for its machines: its version differs.")
    if isinstance(error, NotAllowed):
        return _Denied("hero_compute does not let the cockpit ask. Look at its settings.")
    if not isinstance(error, Answered):
        return Refused(error.message)
    kind = Refused if error.rpc_code == _INTERNAL_ERROR else _Denied
    return kind(f"hero_compute could not answer (error {error.rpc_code}). Look at its log.")

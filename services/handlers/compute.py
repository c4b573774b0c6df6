"""Virtual machines: listing them, and finding the console of one."""

from pydantic import SecretStr

from services.contract.compute import ListVms, OneVm, Vm, VmList
from services.hero.compute import Compute


class ComputeHandler:
    """The operations on virtual machines."""

    def __init__(self, compute: Compute) -> None:
        self._compute = compute

    async def list_vms(self, params: ListVms) -> VmList:
        return await self._compute.list(secret=_revealed(params.secret))

    async def get_vm(self, params: OneVm) -> Vm:
        return await self._compute.get(params.sid, secret=_revealed(params.secret))


def _revealed(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()

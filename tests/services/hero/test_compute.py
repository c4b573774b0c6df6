import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from cockpit_app.rpc import jsonrpc
from services.contract.compute import ListVms, OneVm, VmState
from services.errors import CockpitError, NotFound, Refused, Unreachable
from services.handlers.compute import ComputeHandler
from services.hero.compute import Compute
from services.hero.vm_reports import looks_like_vms, read_vm, read_vms, state_word
from services.wire.node import LocalNode
from tests.services.daemons import Request, http, rpc_handler, serving

SECRET = "tr0ub4dor-and-3"
OPEN = {
    "sid": "vm1",
    "name": "one",
    "hypervisor_id": "h1",
    "secret": "",
    "status": "Running",
    "cpu_count": 2,
    "mycelium_ip": "400::1",
}
LOCKED = {**OPEN, "sid": "vm2", "hypervisor_id": "h2", "secret": SECRET}

Call = Callable[[str, Any], Any]


@asynccontextmanager
async def computing(sockets: Path, call: Call) -> AsyncIterator[Compute]:
    async def answer(method: str, params: jsonrpc.Params) -> Any:
        return call(method, params)

    async with serving(sockets / "hero_compute" / "rpc.sock", rpc_handler(answer)):
        compute = Compute.at(LocalNode(), sockets, vms=sockets / "vms")
        try:
            yield compute
        finally:
            await compute.close()


def daemon(
    *,
    prefix: str = "ComputeService.",
    shape: Callable[[list[dict[str, Any]]], Any] = list,
    checks: bool = True,
) -> Call:
    """A hero_compute; one that does not check hands out every machine with its secret."""

    def call(method: str, params: Any) -> Any:
        secret = params.get("secret", "")
        seen = [vm for vm in (OPEN, LOCKED) if not checks or vm["secret"] in ("", secret)]
        if method == f"{prefix}list_vms":
            return shape(seen)
        if method != f"{prefix}get_vm":
            raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, f"Method not found: {method}")
        for vm in seen:
            if vm["sid"] == params["sid"]:
                return vm
        raise jsonrpc.Fault(-32000, f"no machine {params['sid']} for secret {secret}")

    return call


@pytest.fixture
def vsock(sockets: Path) -> Path:
    folder = sockets / "vms" / "h1"
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "vsock.sock"))
    return folder


async def test_a_machine_without_hero_compute_is_normal(sockets: Path) -> None:
    compute = Compute.at(LocalNode(), sockets, vms=sockets / "vms")
    listed = await compute.list()
    assert not listed.present
    assert listed.vms == ()
    assert "no hero_compute" in listed.sentence
    with pytest.raises(NotFound, match="no hero_compute"):
        await compute.get("vm1")
    await compute.close()


async def test_a_dead_hero_compute_is_not_an_absent_one(sockets: Path) -> None:
    path = sockets / "hero_compute" / "rpc.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    compute = Compute.at(LocalNode(), sockets, vms=sockets / "vms")
    with pytest.raises(Unreachable, match="hero_compute cannot be reached"):
        await compute.list()
    await compute.close()


SHAPES: list[Callable[[list[dict[str, Any]]], Any]] = [
    list,
    lambda vms: {"vms": vms},
    lambda vms: {"result": {"items": vms, "total": 1}},
    lambda vms: {vm["sid"]: {k: v for k, v in vm.items() if k != "sid"} for vm in vms},
]


@pytest.mark.parametrize("shape", SHAPES, ids=("array", "vms", "wrapped", "map"))
@pytest.mark.parametrize("prefix", ["ComputeService.", ""])
async def test_every_dialect_lists_the_machines_that_open(
    sockets: Path, vsock: Path, shape: Callable[[list[dict[str, Any]]], Any], prefix: str
) -> None:
    async with computing(sockets, daemon(prefix=prefix, shape=shape)) as compute:
        listed = await compute.list()
        assert [vm.sid for vm in listed.vms] == ["vm1"]
        vm = listed.vms[0]
        assert (vm.state, vm.raw_state, vm.cpu_count) == (VmState.RUNNING, "Running", 2)
        assert (vm.hypervisor_id, vm.mycelium_address, vm.console) == ("h1", "400::1", "h1")
        assert [vm.sid for vm in (await compute.list(secret=SECRET)).vms] == ["vm1", "vm2"]


@pytest.mark.parametrize("checks", [True, False])
async def test_a_wrong_secret_is_told_like_a_machine_that_is_not_there(
    sockets: Path, checks: bool
) -> None:
    async with computing(sockets, daemon(checks=checks)) as compute:
        assert (await compute.get("vm2", secret=SECRET)).sid == "vm2"
        told = set()
        for sid in ("vm2", "nowhere"):
            with pytest.raises(NotFound) as caught:
                await compute.get(sid, secret="guess")
            told.add(caught.value.message.replace(sid, "SID"))
            with pytest.raises(NotFound):
                await compute.get(sid)
        assert len(told) == 1
        assert [vm.sid for vm in (await compute.list(secret="guess")).vms] == ["vm1"]


@pytest.mark.parametrize("code", [-32000, -32001, -32602, -32603])
@pytest.mark.parametrize("refuses", ["words", "body", "status"])
async def test_no_secret_is_told_or_logged_whatever_hero_compute_says(
    sockets: Path, caplog: pytest.LogCaptureFixture, code: int, refuses: str
) -> None:
    async def handler(request: Request) -> bytes:
        if refuses == "status":
            return http(f"secret {SECRET} is wrong", 500, "text/plain")
        if refuses == "body":
            return http(f"<b>{SECRET}</b>")
        words = f"secret {SECRET} is wrong"
        return http(
            f'{{"jsonrpc":"2.0","id":1,"error":{{"code":{code},"message":"{words}","data":"{words}"}}}}'
        )

    caplog.set_level(logging.DEBUG)
    async with serving(sockets / "hero_compute" / "rpc.sock", handler):
        compute = Compute.at(LocalNode(), sockets, vms=sockets / "vms")
        handlers = ComputeHandler(compute)
        secret = SecretStr(SECRET)
        for asked in (
            handlers.get_vm(OneVm(sid="vm1", secret=secret)),
            handlers.list_vms(ListVms(secret=secret)),
        ):
            with pytest.raises(CockpitError) as caught:
                await asked
            error = caught.value
            told = "".join(traceback.format_exception(error)) + error.message + error.detail
            assert SECRET not in told
        await compute.close()
    assert SECRET not in caplog.text


async def test_a_console_is_offered_only_where_it_can_be_opened(sockets: Path, vsock: Path) -> None:
    def vm(hypervisor_id: str, status: str = "running") -> Call:
        return lambda method, params: {
            "sid": "vm1",
            "hypervisor_id": hypervisor_id,
            "status": status,
        }

    (sockets / "vms" / "plain").mkdir()
    (sockets / "vms" / "plain" / "vsock.sock").touch()
    expected = {
        ("h1", "running"): "h1",
        ("h1", "stopped"): "",
        ("h2", "running"): "",
        ("plain", "running"): "",
        ("", "running"): "",
        ("..", "running"): "",
        ("../vms/h1", "running"): "",
        ("/etc", "running"): "",
        ("h1\0", "running"): "",
        ("h" * 300, "running"): "",
    }
    for (hypervisor_id, status), console in expected.items():
        async with computing(sockets, vm(hypervisor_id, status)) as compute:
            found = await compute.get("vm1")
            assert found.console == console, hypervisor_id
            assert found.sentence.endswith(".")
            assert "/" not in found.hypervisor_id


@pytest.mark.parametrize(
    "result", [LOCKED, None, [], {}, "running", {"vm": {"sid": "other"}}], ids=str
)
async def test_an_answer_about_another_machine_is_not_taken(sockets: Path, result: Any) -> None:
    async with computing(sockets, lambda method, params: result) as compute:
        with pytest.raises(NotFound):
            await compute.get("vm1")


async def test_a_hero_compute_without_the_methods_says_so(sockets: Path) -> None:
    async with computing(sockets, daemon(prefix="vm.")) as compute:
        with pytest.raises(Refused, match="version differs"):
            await compute.list()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("RUNNING", VmState.RUNNING),
        ("Shut_Off", VmState.STOPPED),
        ("shutting-down", VmState.STOPPING),
        ("Deploying", VmState.STARTING),
        ("crashed", VmState.FAILED),
        ("", VmState.UNKNOWN),
        ("sparkling", VmState.UNKNOWN),
    ],
)
def test_state_words_are_folded(word: str, state: VmState) -> None:
    assert state_word(word) is state


@pytest.mark.parametrize(
    "status", ["Running", {"state": "running"}, {"Running": {"pid": 1}}, {"status": "RUNNING"}]
)
def test_a_state_is_read_in_every_shape(status: Any) -> None:
    vm = read_vm({"vm": {"sid": "a", "status": status}}, sid="a", secret="")
    assert vm is not None
    assert vm.state is VmState.RUNNING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["sid", "vms", "result", "status", "secret", "hypervisor_id", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_result_is_read_or_known_as_unreadable(result: Any) -> None:
    looks_like_vms(result)
    for vm in read_vms(result, secret="s"):
        assert vm.sid
    found = read_vm(result, sid="a", secret="s")
    assert found is None or found.sid == "a"

from pathlib import Path

from services.keys.dependants import Dependants, Restarted
from services.models import State
from tests.services.machines import machine

USES = {"A_KEY": ("hero_books",)}


async def test_a_failed_service_is_restarted_only_if_hero_proc_would_try_it_again(
    sockets: Path,
) -> None:
    async with machine(sockets) as made:
        made.supervisor.add("hero_books_server", state="retrying", wanted="start", sockets=[])
        made.supervisor.add("hero_books_web", state="failed", wanted="start", sockets=[])
        await made.store.refresh()
        assert {s.state for s in made.store.snapshot.services} == {State.FAILED}
        restarted = await Dependants(made.store, made.actions, USES).restart("A_KEY")
        asked = [(call, params) for call, params in made.supervisor.calls if "restart" in call]
    assert restarted == Restarted(back=("hero_books_server",))
    assert len(asked) == 1

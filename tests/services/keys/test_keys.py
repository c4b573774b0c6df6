"""Keys against a real store of secrets and a real stand-in of the providers."""

import secrets as random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from services.claims import Identity, Right, acting_as
from services.contract.key import Key, KeyReason
from services.errors import CockpitError, Invalid, NotAllowed, NotFound, Refused, Unreachable
from tests.services.clocks import HandClock
from tests.services.daemons import eventually
from tests.services.keyed import GROQ, STARTS, Keyed, keyed

OWNER = Identity(user="mik", via="rpc", right=Right.ADMIN)
OPERATOR = Identity(user="mik", via="web", right=Right.WRITE, impersonator="ops")


def value_for(name: str, word: str = "") -> str:
    return STARTS[name] + word + random.token_hex(16)


async def key(parts: Keyed, name: str = GROQ) -> Key:
    return next(k for k in (await parts.keys.list()).keys if k.name == name)


async def test_a_stored_key_shows_its_last_four_its_owner_and_nothing_else(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        value = value_for(GROQ)
        with acting_as(OWNER):
            stored = await parts.keys.set(GROQ, f"  {value}\n")
        assert (stored.set, stored.last_four, stored.changed_by) == (True, value[-4:], "mik")
        assert parts.secrets.values == {f"core/{GROQ}": value}
        listed = await parts.keys.list()
        assert [k.set for k in listed.keys].count(True) == 1
        assert [k.name for k in listed.keys] == list(STARTS)
        assert value[:-4] not in listed.model_dump_json() + stored.model_dump_json()


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", KeyReason.WORKS),
        ("wrong", KeyReason.WRONG_KEY),
        ("nocredit", KeyReason.NO_CREDIT),
        ("limited", KeyReason.RATE_LIMITED),
        ("scope", KeyReason.WRONG_SCOPE),
        ("down", KeyReason.PROVIDER_DOWN),
    ],
)
async def test_each_provider_tells_each_reason(
    sockets: Path, name: str, word: str, reason: KeyReason
) -> None:
    async with keyed(sockets) as parts:
        test = await parts.keys.test(name, value_for(name, word))
    assert (test.name, test.reason) == (name, reason)
    assert test.asked == "the stand-in at outside/rpc.sock"


async def test_a_token_that_may_only_file_issues_is_enough(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        test = await parts.keys.test("USER_FORGE_TOKEN", "issueonly" + random.token_hex(16))
    assert test.reason is KeyReason.WORKS


async def test_the_last_test_of_the_stored_key_is_kept_until_the_key_changes(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        assert (await parts.keys.test(GROQ)).reason is KeyReason.NOT_SET
        await parts.keys.set(GROQ, value_for(GROQ, "wrong"))
        await parts.keys.test(GROQ, value_for(GROQ))
        assert (await key(parts)).last_test is None
        tested = await parts.keys.test(GROQ)
        assert (await key(parts)).last_test == tested
        await parts.keys.set(GROQ, value_for(GROQ))
        assert (await key(parts)).last_test is None


async def test_a_provider_is_asked_five_times_a_minute_and_refusals_do_not_count(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        for _ in range(5):
            await parts.keys.test(GROQ, value_for(GROQ))
        for _ in range(3):
            with pytest.raises(Refused, match=r"5 times in 1 minute\. Try again in 1 minute\."):
                await parts.keys.test(GROQ, value_for(GROQ))
        other = "OPENAI_API_KEY"
        assert (await parts.keys.test(other, value_for(other))).reason is KeyReason.WORKS
        clock.advance(60)
        assert (await parts.keys.test(GROQ, value_for(GROQ))).reason is KeyReason.WORKS


async def test_rotation_swaps_restarts_who_runs_and_can_be_undone(sockets: Path) -> None:
    uses = {GROQ: ("hero_voice", "hero_aibroker_server", "hero_cockpit")}
    async with keyed(sockets, uses=uses) as parts:
        for name in ("hero_voice_server", "hero_aibroker_server", "hero_cockpit", "hero_books"):
            await parts.machine.add(name)
        parts.machine.supervisor.add("hero_voice_web", state="inactive", wanted="stop", sockets=[])
        first, second = value_for(GROQ), value_for(GROQ)
        with acting_as(OWNER):
            await parts.keys.set(GROQ, first)
            rotated = await parts.keys.rotate(GROQ, second)
            assert parts.secrets.values[f"core/{GROQ}"] == second
            assert rotated.test.reason is KeyReason.WORKS
            assert rotated.restarted == ("hero_aibroker_server", "hero_voice_server")
            assert rotated.failed == ()
            assert "put back until" in rotated.sentence
            assert rotated.key.undo_until is not None
            assert "hero_voice_web" in rotated.key.used_by
            back = await parts.keys.undo(GROQ)
        assert back.restarted == rotated.restarted
        assert back.key.undo_until is None
        assert parts.secrets.values == {f"core/{GROQ}": first}
        restarts = [c for c in parts.machine.supervisor.calls if c[0] == "service.restart"]
        assert len(restarts) == 4
        with pytest.raises(NotFound, match="kept for ten minutes"):
            await parts.keys.undo(GROQ)


async def test_a_service_that_does_not_come_back_is_named(sockets: Path) -> None:
    async with keyed(sockets, uses={GROQ: ("hero_voice",)}) as parts:
        await parts.machine.add("hero_voice")
        await parts.machine.store.refresh()
        parts.machine.supervisor.refuses = "no such binary"
        rotated = await parts.keys.rotate(GROQ, value_for(GROQ))
    assert rotated.failed == ("hero_voice",)
    assert "Not back after their restart: hero_voice." in rotated.sentence


@pytest.mark.parametrize("word", ["wrong", "nocredit", "scope"])
async def test_a_value_that_does_not_work_is_never_swapped_in(sockets: Path, word: str) -> None:
    async with keyed(sockets) as parts:
        first = value_for(GROQ)
        await parts.keys.set(GROQ, first)
        with pytest.raises(Refused, match="The stored key was left as it is"):
            await parts.keys.rotate(GROQ, value_for(GROQ, word), untested=True)
        assert parts.secrets.values == {f"core/{GROQ}": first}


@pytest.mark.parametrize("word", ["limited", "down"])
async def test_a_value_that_cannot_be_tested_is_swapped_in_only_when_told_so(
    sockets: Path, word: str
) -> None:
    async with keyed(sockets) as parts:
        value = value_for(GROQ, word)
        with pytest.raises(Refused, match="may go untested"):
            await parts.keys.rotate(GROQ, value)
        assert parts.secrets.values == {}
        rotated = await parts.keys.rotate(GROQ, value, untested=True)
        assert parts.secrets.values == {f"core/{GROQ}": value}
        assert rotated.test.sentence in rotated.sentence


async def test_a_former_value_is_erased_after_ten_minutes(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await parts.undo.start()
        await parts.keys.set(GROQ, value_for(GROQ))
        changed = await parts.keys.set(GROQ, value_for(GROQ))
        assert changed.undo_until == clock.now() + timedelta(minutes=10)
        await eventually(lambda: clock.sleepers == 1)
        clock.advance(599)
        assert f"cockpit/UNDO_{GROQ}" in parts.secrets.values
        clock.advance(1)
        await eventually(lambda: list(parts.secrets.values) == [f"core/{GROQ}"])
        await eventually(no_undo(parts))
        assert (await key(parts)).undo_until is None


def no_undo(parts: Keyed) -> Callable[[], Awaitable[bool]]:
    async def gone() -> bool:
        return not await parts.records.undos()

    return gone


async def test_what_fell_due_while_the_cockpit_was_away_is_erased_at_its_start(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await parts.keys.set(GROQ, value_for(GROQ))
        await parts.keys.set(GROQ, value_for(GROQ))
        clock.advance(601)
        with pytest.raises(NotFound):
            await parts.keys.undo(GROQ)
        await parts.undo.start()
        await eventually(no_undo(parts))
        assert list(parts.secrets.values) == [f"core/{GROQ}"]


async def test_erasing_is_tried_again_after_hero_proc_was_away(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await parts.keys.set(GROQ, value_for(GROQ))
        await parts.keys.set(GROQ, value_for(GROQ))
        clock.advance(601)
        await parts.machine.daemon.stop()
        await parts.undo.start()
        await eventually(lambda: clock.sleepers == 1)
        parts.machine.daemon.path.unlink()
        await parts.machine.daemon.start()
        clock.advance(30)
        await eventually(no_undo(parts))
        assert list(parts.secrets.values) == [f"core/{GROQ}"]


async def test_a_former_value_without_a_note_is_erased_at_the_start_and_no_other(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await parts.keys.set(GROQ, value_for(GROQ))
        await parts.keys.set(GROQ, value_for(GROQ))
        lost = {"cockpit/UNDO_OPENAI_API_KEY": "a", "cockpit/UNDO_NO_LONGER_KNOWN": "b"}
        others = {"cockpit/USER_FORGE_TOKEN": "c", "core/UNDO_X": "d"}
        parts.secrets.values |= lost | others
        await parts.machine.daemon.stop()
        await parts.undo.start()
        await eventually(lambda: clock.sleepers == 1)
        parts.machine.daemon.path.unlink()
        await parts.machine.daemon.start()
        clock.advance(30)
        await eventually(lambda: not lost.keys() & parts.secrets.values.keys())
        assert {f"cockpit/UNDO_{GROQ}", f"core/{GROQ}", *others} == parts.secrets.values.keys()


async def test_deleting_erases_the_key_and_what_was_kept_of_it(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        await parts.keys.set(GROQ, value_for(GROQ))
        await parts.keys.set(GROQ, value_for(GROQ))
        gone = await parts.keys.delete(GROQ)
        assert (gone.set, gone.last_four, gone.undo_until) == (False, "", None)
        assert parts.secrets.values == {}


async def test_nobody_changes_keys_in_the_name_of_another(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        with acting_as(OPERATOR):
            for change in (
                parts.keys.set(GROQ, value_for(GROQ)),
                parts.keys.rotate(GROQ, value_for(GROQ)),
                parts.keys.undo(GROQ),
                parts.keys.delete(GROQ),
            ):
                with pytest.raises(NotAllowed, match="ops acts in the name of mik"):
                    await change
        assert parts.secrets.values == {}


async def test_a_key_that_is_not_in_the_table_is_not_found(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        with pytest.raises(NotFound, match="Did you mean GROQ_API_KEY"):
            await parts.keys.set("GROG_API_KEY", "x" * 20)


async def test_a_hero_proc_that_shows_stars_still_stores_keys_without_undo(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        parts.secrets.masked = True
        await parts.keys.set(GROQ, value_for(GROQ))
        stored = await parts.keys.set(GROQ, value_for(GROQ))
        assert (stored.set, stored.last_four, stored.undo_until) == (True, "", None)
        with pytest.raises(Refused, match="does not give the value"):
            await parts.keys.test(GROQ)


async def test_what_hero_proc_does_not_tell_stays_unknown(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        await parts.machine.daemon.stop()
        listed = await parts.keys.list()
        assert {k.set for k in listed.keys} == {None}
        assert "not known which keys are set" in listed.sentence
        with pytest.raises(Unreachable):
            await parts.keys.set(GROQ, value_for(GROQ))


async def test_an_error_of_hero_proc_never_repeats_the_value(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        parts.secrets.refuses = "bad value VALUE for it"
        value = value_for(GROQ)
        with pytest.raises(CockpitError) as caught:
            await parts.keys.set(GROQ, value)
        assert "bad value [removed 1] for it" in caught.value.message
        chain: BaseException | None = caught.value
        while chain is not None:
            assert value not in repr(chain) + str(chain)
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


async def test_a_refused_change_leaves_nothing_to_undo(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        first = value_for(GROQ)
        await parts.keys.set(GROQ, first)
        parts.secrets.refuses = "the store is full"
        with pytest.raises(Refused, match="the store is full"):
            await parts.keys.set(GROQ, value_for(GROQ))
        assert parts.secrets.values == {f"core/{GROQ}": first}
        assert (await key(parts)).undo_until is None


async def test_a_value_of_another_provider_is_refused_without_a_test(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        with pytest.raises(Invalid, match="looks like a key of Groq, not of OpenAI"):
            await parts.keys.set("OPENAI_API_KEY", value_for(GROQ))
        assert parts.secrets.values == {}

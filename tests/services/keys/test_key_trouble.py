"""Keys when the database fails, when the clock is set, and when a note is no note."""

import secrets as random
from pathlib import Path

from services.claims import Identity, Right, acting_as
from services.contract.key import KeyReason
from services.database import Transaction
from tests.services.clocks import HandClock
from tests.services.daemons import eventually
from tests.services.keyed import GROQ, STARTS, Keyed, keyed

OWNER = Identity(user="mik", via="rpc", right=Right.ADMIN)


def value_for(name: str) -> str:
    return STARTS[name] + random.token_hex(16)


def fill_up(t: Transaction) -> None:
    """Have the database take no further note on a key, as on a full disk."""
    for table in ("key_change", "key_test"):
        t.change(
            f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )


async def test_a_swap_that_cannot_be_noted_is_done_and_services_restart(sockets: Path) -> None:
    async with keyed(sockets, uses={GROQ: ("hero_voice",)}) as parts:
        await parts.machine.add("hero_voice")
        first, second = value_for(GROQ), value_for(GROQ)
        with acting_as(OWNER):
            await parts.keys.set(GROQ, first)
            await parts.database.run(fill_up)
            rotated = await parts.keys.rotate(GROQ, second)
            assert parts.secrets.values[f"core/{GROQ}"] == second
            assert rotated.restarted == ("hero_voice",)
            back = await parts.keys.undo(GROQ)
            assert parts.secrets.values == {f"core/{GROQ}": first}
            assert back.restarted == ("hero_voice",)
            assert (await parts.keys.test(GROQ)).reason is KeyReason.WORKS
            assert (await parts.keys.delete(GROQ)).set is False


async def changed_twice(parts: Keyed) -> None:
    for _ in range(2):
        await parts.keys.set(GROQ, value_for(GROQ))
    assert f"cockpit/UNDO_{GROQ}" in parts.secrets.values


async def test_a_note_that_is_none_does_not_end_the_eraser(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await changed_twice(parts)
        await parts.database.run(
            lambda t: t.change("INSERT INTO key_undo (name, until) VALUES ('X', 'soon')")
        )
        await parts.undo.start()
        await eventually(lambda: clock.sleepers == 1)
        await parts.database.run(lambda t: t.change("DELETE FROM key_undo WHERE name = 'X'"))
        clock.advance(601)
        await eventually(lambda: list(parts.secrets.values) == [f"core/{GROQ}"])


async def test_a_clock_that_is_set_back_keeps_no_former_value_for_longer(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await changed_twice(parts)
        await parts.undo.start()
        await eventually(lambda: clock.sleepers == 1)
        clock.set_back(86_400)
        clock.advance(30)
        await eventually(lambda: list(parts.secrets.values) == [f"core/{GROQ}"])


async def test_a_clock_that_is_set_forward_is_noticed_within_half_a_minute(sockets: Path) -> None:
    clock = HandClock()
    async with keyed(sockets, clock=clock) as parts:
        await changed_twice(parts)
        await parts.undo.start()
        await eventually(lambda: clock.sleepers == 1)
        clock.set_back(-3600)
        clock.advance(30)
        await eventually(lambda: list(parts.secrets.values) == [f"core/{GROQ}"])


async def test_a_change_that_cannot_be_looked_at_afterwards_is_told_as_done(sockets: Path) -> None:
    async with keyed(sockets) as parts:
        first, second = value_for(GROQ), value_for(GROQ)
        with acting_as(OWNER):
            await parts.keys.set(GROQ, first)
            parts.secrets.locks = True
            rotated = await parts.keys.rotate(GROQ, second)
            assert parts.secrets.values[f"core/{GROQ}"] == second
            assert rotated.sentence.startswith("The new value is in place.")
            assert (rotated.key.set, rotated.key.changed_by) == (None, "mik")
            assert (await parts.keys.set(GROQ, first)).set is None
            assert parts.secrets.values[f"core/{GROQ}"] == first

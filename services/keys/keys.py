"""Keys that a person brings: stored write-only, tested at their provider, rotated with undo."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from datetime import datetime

from services.claims import Identity, current_identity
from services.clock import Clock
from services.contract.key import Key, KeyList, KeyReason, KeyTest, Rotation
from services.errors import CockpitError, NotAllowed, NotFound, Refused, Unreachable
from services.keys.dependants import Dependants, Restarted
from services.keys.probe import KeyProbe
from services.keys.providers import FORGE, Provider
from services.keys.records import KeyRecord, KeyRecords
from services.keys.undo import KeyUndo
from services.keys.values import cleaned
from services.keys.vault import KeyVault, Presence
from services.keys.verdict import KeyVerdict
from services.params import did_you_mean

log = logging.getLogger(__name__)

UNDECIDED = frozenset(
    {KeyReason.NO_NETWORK, KeyReason.PROVIDER_DOWN, KeyReason.RATE_LIMITED, KeyReason.UNCLEAR}
)
"""Ends of a test that do not say whether the key works."""


class Keys:
    """All keys of the table of providers."""

    def __init__(
        self,
        table: Sequence[Provider],
        vault: KeyVault,
        records: KeyRecords,
        undo: KeyUndo,
        probe: KeyProbe,
        dependants: Dependants,
        clock: Clock,
    ) -> None:
        self._table = {provider.key: provider for provider in table}
        self._vault = vault
        self._records = records
        self._undo = undo
        self._probe = probe
        self._dependants = dependants
        self._clock = clock
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def list(self) -> KeyList:
        """Return every key without its value; what hero_proc does not tell stays unknown."""
        records = await self._records.all()
        keys: list[Key] = []
        sentence = ""
        for provider in self._table.values():
            presence = Presence(None)
            if not sentence:
                try:
                    presence = await self._vault.presence(provider)
                except CockpitError as error:
                    sentence = f"It is not known which keys are set. {error.message}"
            keys.append(self._key(provider, presence, records.get(provider.key, KeyRecord())))
        return KeyList(keys=tuple(keys), sentence=sentence)

    async def set(self, name: str, value: str) -> Key:
        """Store a value; a former one can be put back for ten minutes."""
        provider, who = self._find(name), _permitted()
        clean = self._cleaned(provider, value)
        async with self._changing[name]:
            await self._swap(provider, clean, who)
            return await self._seen(provider)

    async def test(self, name: str, value: str | None = None) -> KeyTest:
        """Ask the provider about the stored value, or about `value` without storing it."""
        provider = self._find(name)
        if value is not None:
            return await self._probe.test(provider, self._cleaned(provider, value))
        stored = await self._vault.read(provider)
        if stored is None:
            return self._probe.report(provider, KeyVerdict(KeyReason.NOT_SET))
        test = await self._probe.test(provider, stored)
        if await self._vault.read(provider) == stored:
            await _noted(self._records.tested(test))
        return test

    async def rotate(self, name: str, value: str, *, untested: bool = False) -> Rotation:
        """Test a value, swap it in, and restart what uses the key.

        Raises Refused when the value does not work, or cannot be tested without `untested`.
        """
        provider, who = self._find(name), _permitted()
        clean = self._cleaned(provider, value)
        async with self._changing[name]:
            test = await self._probe.test(provider, clean)
            _check(test, untested=untested)
            until = await self._swap(provider, clean, who)
            await _noted(self._records.tested(test))
            restarted = await self._dependants.restart(name)
            key = await self._seen(provider)
        return _rotation(key, test, restarted, until, done="The new value is in place.")

    async def undo(self, name: str) -> Rotation:
        """Put the former value back and restart what uses the key; raises NotFound without one."""
        provider, who = self._find(name), _permitted()
        async with self._changing[name]:
            former = await self._undo.value(name)
            if former is None:
                raise NotFound(
                    f"There is no former value of {name} to put back: it is kept for ten minutes "
                    "after a change."
                )
            await self._vault.write(provider, former)
            await _noted(self._records.changed(name, at=self._clock.now(), user=who.name))
            await _noted(self._undo.erase(name))
            restarted = await self._dependants.restart(name)
            test = await self._tested_if_possible(provider, former)
            key = await self._seen(provider)
        return _rotation(key, test, restarted, None, done="The former value is back.")

    async def delete(self, name: str) -> Key:
        """Erase a key, and what was kept of it."""
        provider, who = self._find(name), _permitted()
        async with self._changing[name]:
            await self._undo.erase(name)
            await self._vault.delete(provider)
            await _noted(self._records.changed(name, at=self._clock.now(), user=who.name))
            return await self._seen(provider)

    async def live_values(self) -> Sequence[str]:
        """Return every secret of this machine, for the redaction of texts alone."""
        return await self._vault.live_values(tuple(self._table.values()))

    async def forge_token(self) -> str | None:
        """Return the person's own token of the Forge, with which their reports are filed."""
        forge = next(p for p in self._table.values() if p.slug == FORGE)
        return await self._vault.read(forge)

    def _find(self, name: str) -> Provider:
        if name in self._table:
            return self._table[name]
        near = did_you_mean(name, list(self._table))
        raise NotFound(f"There is no key {name}; known are: {', '.join(self._table)}.{near}")

    def _cleaned(self, provider: Provider, value: str) -> str:
        return cleaned(value, provider, tuple(self._table.values()))

    async def _swap(self, provider: Provider, value: str, who: Identity) -> datetime | None:
        """Put a value in place of the former one; return until when that can be put back."""
        former = await self._vault.read_if_told(provider)
        until = None
        if former is not None and former != value:
            until = await self._undo.keep(provider.key, former)
        try:
            await self._vault.write(provider, value)
        except Unreachable:
            raise  # it may have been stored all the same; the former value stays for the undo
        except CockpitError:
            await self._undo.erase(provider.key)
            raise
        await _noted(self._records.changed(provider.key, at=self._clock.now(), user=who.name))
        return until

    async def _tested_if_possible(self, provider: Provider, value: str) -> KeyTest:
        try:
            test = await self._probe.test(provider, value)
        except Refused as error:
            return self._probe.report(provider, KeyVerdict(KeyReason.RATE_LIMITED, error.message))
        await _noted(self._records.tested(test))
        return test

    async def _seen(self, provider: Provider) -> Key:
        """Look at a key that was just changed; a look that fails undoes nothing."""
        record, presence = KeyRecord(), Presence(None)
        try:
            record = (await self._records.all()).get(provider.key, record)
            presence = await self._vault.presence(provider)
        except CockpitError as error:
            log.warning("%s was changed and could not be looked at: %s", provider.key, error)
        return self._key(provider, presence, record)

    def _key(self, provider: Provider, presence: Presence, record: KeyRecord) -> Key:
        undo = record.undo_until
        return Key(
            name=provider.key,
            provider=provider.title[:1].upper() + provider.title[1:],
            purpose=provider.purpose,
            page=provider.page,
            set=presence.set,
            last_four=presence.last_four,
            changed_at=record.changed_at,
            changed_by=record.changed_by,
            last_test=record.last_test,
            used_by=self._dependants.names(provider.key),
            undo_until=undo if undo is not None and undo > self._clock.now() else None,
        )


async def _noted(noting: Awaitable[None]) -> None:
    """Await a note on what has been done to a key; one that is lost undoes nothing."""
    try:
        await noting
    except CockpitError as error:
        log.error("a note on a key was lost: %s", error.message)


def _permitted() -> Identity:
    """Return the caller; raises NotAllowed for one who acts in another's name (design 5)."""
    identity = current_identity()
    if identity.impersonator:
        raise NotAllowed(
            f"{identity.impersonator} acts in the name of {identity.name} here; keys are changed "
            f"by {identity.name} alone."
        )
    return identity


def _check(test: KeyTest, *, untested: bool) -> None:
    if test.reason is KeyReason.WORKS or (untested and test.reason in UNDECIDED):
        return
    advice = " To swap it all the same, say that it may go untested (--untested)."
    raise Refused(
        f"The stored key was left as it is. {test.sentence}"
        f"{advice if test.reason in UNDECIDED else ''}"
    )


def _rotation(
    key: Key, test: KeyTest, restarted: Restarted, until: datetime | None, *, done: str
) -> Rotation:
    said = [done]
    if restarted.back:
        said.append(f"Restarted and running again: {', '.join(restarted.back)}.")
    if restarted.failed:
        said.append(f"Not back after their restart: {', '.join(restarted.failed)}.")
    if until is not None:
        said.append(f"The former value can be put back until {until:%H:%M:%S} UTC.")
    if test.reason is not KeyReason.WORKS:
        said.append(test.sentence)
    return Rotation(
        key=key,
        test=test,
        restarted=restarted.back,
        failed=restarted.failed,
        sentence=" ".join(said),
    )

"""Asks a provider about a key, and finds out who is to blame when nobody answers."""

import asyncio
from collections.abc import Sequence

from services.clock import Clock
from services.contract.key import KeyReason, KeyTest
from services.errors import Refused
from services.keys.providers import Provider, Question
from services.keys.verdict import KeyVerdict, asks_more, combined, judge
from services.limits import RateLimit
from services.wire.outside import Outside
from services.wire.outside_faults import Fault, OutsideError

TESTS_PER_MINUTE = 5
TEST_TIMEOUT_S = 12.0
_WITNESSES = 3


class KeyProbe:
    """Tests of keys; a value goes to its own provider and nowhere else."""

    def __init__(self, outside: Outside, table: Sequence[Provider], clock: Clock) -> None:
        self._outside = outside
        self._table = tuple(table)
        self._clock = clock
        self._limit = RateLimit(
            clock, times=TESTS_PER_MINUTE, per_s=60, what="Testing keys of one provider"
        )

    async def test(self, provider: Provider, value: str) -> KeyTest:
        """Return what the provider says about `value`; raises Refused when asked too often."""
        self._limit.take(provider.slug)
        began = self._clock.monotonic()
        verdict = await self._verdict(provider, value)
        return self.report(provider, verdict, took_s=self._clock.monotonic() - began)

    def report(self, provider: Provider, verdict: KeyVerdict, *, took_s: float = 0.0) -> KeyTest:
        """Return a verdict as people get it."""
        return KeyTest(
            name=provider.key,
            reason=verdict.reason,
            sentence=verdict.sentence(provider),
            at=self._clock.now(),
            took_ms=round(took_s * 1000),
            asked=provider.asked,
        )

    async def _verdict(self, provider: Provider, value: str) -> KeyVerdict:
        first = await self._ask(provider, provider.ask, value)
        if provider.then is None or not asks_more(first):
            return first
        return combined(first, await self._ask(provider, provider.then, value))

    async def _ask(self, provider: Provider, question: Question, value: str) -> KeyVerdict:
        try:
            answer = await self._outside.request(
                question.verb,
                provider.address,
                question.path,
                headers=provider.headers(value),
                json=question.json,
                timeout_s=TEST_TIMEOUT_S,
            )
        except OutsideError as error:
            return await self._blame(provider, error)
        except Refused:
            return KeyVerdict(KeyReason.UNCLEAR, "What came back is not HTTP as it should be.")
        return judge(answer, question)

    async def _blame(self, provider: Provider, error: OutsideError) -> KeyVerdict:
        """Return whether it is the provider, or the network of this machine."""
        if error.fault is Fault.TLS:
            return KeyVerdict(KeyReason.UNCLEAR, error.message)
        if error.may_have_arrived:
            return KeyVerdict(KeyReason.PROVIDER_DOWN, error.message)
        if error.fault is not Fault.NO_ROUTE and await self._others_reached(provider):
            return KeyVerdict(
                KeyReason.PROVIDER_DOWN, f"{error.message} Others can be reached from here."
            )
        return KeyVerdict(KeyReason.NO_NETWORK, error.message)

    async def _others_reached(self, provider: Provider) -> bool:
        """Tell whether some other provider takes connections; nothing is sent to it."""
        others = [one.address for one in self._table if one.asked != provider.asked]
        asked = others[:_WITNESSES]
        return any(await asyncio.gather(*(self._outside.reaches(one) for one in asked)))

"""Opens a share: every rule first, then the record, then the name, then a stranger's look at it.

What turns out wider than it was asked for is closed again before anybody is told of it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from services.claims import current_identity
from services.clock import Clock
from services.contract.share import Audience, ExposeService, Share, ShareState
from services.errors import CockpitError, Invalid, NotFound, Refused, Unreachable
from services.hero.proxy_routes import NewRoute, Route
from services.limits import RateLimit
from services.models import Service, Snapshot
from services.params import did_you_mean
from services.shares.ending import Ending, concluded
from services.shares.gate import Gate, Names, Wider
from services.shares.names import MAX_DOMAIN_CHARS, read_label, read_people, refuse_own_name
from services.shares.records import Record, ShareRecords
from services.shares.targets import refuse_never
from services.shares.witness import Seen, Stranger, is_leak, judge_open
from services.state.store import Store
from services.wire.reply import Answered

MOST_PER_HOUR = 10
HOUR_S = 3600.0
OPEN_WITHIN_S = 3.0
LOOK_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """A share that may be opened: everything was checked, nothing was done."""

    new: NewRoute
    share: Share


class Opening:
    """Plans shares, opens them, and looks at them."""

    def __init__(
        self,
        store: Store,
        gate: Gate,
        stranger: Stranger,
        records: ShareRecords,
        *,
        ending: Ending,
        clock: Clock,
    ) -> None:
        self._store = store
        self._gate = gate
        self._stranger = stranger
        self._records = records
        self._ending = ending
        self._clock = clock
        self._limit = RateLimit(clock, times=MOST_PER_HOUR, per_s=HOUR_S, what="Opening a share")

    async def plan(self, params: ExposeService) -> Plan:
        """Hold `params` against every rule; raises one of the five kinds."""
        label = read_label(params.subdomain)
        users, emails = _people(params)
        refuse_never(params.service)
        snapshot = await self._store.fresh()
        target = await self._gate.targets.of(_service(params.service, snapshot), snapshot)
        names = await self._gate.names()
        domain = self._gate.public_domain(names)
        whole = domain.domain(label)
        refuse_own_name(label, whole, names.own)
        _check_length(label, whole)
        new = NewRoute(whole, str(target), params.audience, users, emails)
        await self._gate.refuse_unlimited(new)
        now = self._clock.now()
        ends_s = params.expires_in_s
        share = Share(
            domain_id="",
            service=params.service,
            subdomain=label,
            address=domain.address(whole),
            audience=params.audience,
            people=(*users, *emails),
            state=ShareState.UNCLEAR,
            created_at=now,
            created_by=current_identity().name,
            expires_at=None if ends_s is None else now + timedelta(seconds=ends_s),
        )
        return Plan(new, share)

    async def carry_out(self, plan: Plan) -> Share:
        """Open the share and return it with what a stranger sees.

        Raises Wider when that is more than it should be; then it was closed again.
        """
        await self._refuse_taken(plan, await self._gate.names())
        self._limit.take(current_identity().name)
        record = await self._records.keep(Record(plan.new.domain, plan.share))
        try:
            route = await self._add(record, plan)
            await self._records.opened(record, route.key)
            share = plan.share.model_copy(update={"domain_id": route.key})
            record = replace(record, share=share)
            await self._gate.refuse_wider(route, plan.new)
            share = await self.look(share, Path(plan.new.target), new=True)
        except Wider as error:
            await self._close_again(record, error)
            raise
        except BaseException:
            # Refused, cut short or unanswered: nobody is told of it, so it must not stay open.
            await self._records.ask_end(record, self._clock.now())
            raise
        await self._records.looked(record, share)
        return share

    async def look(self, share: Share, target: Path | None, *, new: bool = False) -> Share:
        """Return `share` with what a stranger sees now.

        A `new` one gets a moment to be known; when it shows a stranger what is only for some, Wider
        is raised.
        """
        behind = Seen()
        if target is not None and share.audience is not Audience.PUBLIC:
            behind = await self._stranger.behind(target)
        until = self._clock.monotonic() + (OPEN_WITHIN_S if new else 0.0)
        while True:
            seen = await self._stranger.look(share.address)
            good, sentence = judge_open(seen, share.audience, behind)
            if new and is_leak(seen, share.audience, behind):
                raise Wider(
                    f"{sentence} So {share.subdomain} was closed again. Look at hero_proxy."
                )
            if good or self._clock.monotonic() >= until:
                break
            await self._clock.sleep(LOOK_EVERY_S)
        return share.model_copy(
            update={
                "state": ShareState.OPEN if good else ShareState.UNCLEAR,
                "witness": self._stranger.report(seen, as_expected=good, sentence=sentence),
                "sentence": sentence,
            }
        )

    async def _add(self, record: Record, plan: Plan) -> Route:
        """Open the name; after a plain no the record ends, unless it was opened all the same."""
        try:
            return await self._gate.add(plan.new)
        except Answered as error:
            shared = (await self._gate.names()).shared.get(plan.new.domain)
            if shared is None or str(shared.target.path) != plan.new.target:
                over = concluded(plan.share, self._clock.now(), f"Never opened: {error.message}")
                await self._records.looked(record, over)
            raise

    async def _refuse_taken(self, plan: Plan, names: Names) -> None:
        """Raise Refused for a name in use; end a record whose name hero_proxy has no more."""
        label, whole = plan.share.subdomain, plan.new.domain
        record = next((r for r in await self._records.open() if r.domain == whole), None)
        if whole in names.shared or (record is not None and not names.told):
            raise Refused(f"{label} is shared already. Close that share, or choose another name.")
        if record is not None:
            over = concluded(record.share, self._clock.now(), "It was ended at hero_proxy.")
            await self._records.looked(record, over)

    async def _close_again(self, record: Record, error: Wider) -> None:
        try:
            await self._ending.end(record)
        except CockpitError as failed:
            raise Refused(
                f"{error.message} That could not be done yet, and is tried again: {failed.message}"
            ) from failed


def _check_length(label: str, whole: str) -> None:
    if len(whole) > MAX_DOMAIN_CHARS:
        raise Invalid(f"{label!r} is too long: with the domain it has {len(whole)} characters.")


def _people(params: ExposeService) -> tuple[tuple[str, ...], tuple[str, ...]]:
    users, emails = read_people(params.people)
    named = bool(users or emails)
    if named and params.audience is not Audience.PEOPLE:
        raise Invalid("People are named, but the audience is another. Choose the audience people.")
    if not named and params.audience is Audience.PEOPLE:
        raise Invalid("Say with whom: user names or e-mail addresses in people.")
    return users, emails


def _service(name: str, snapshot: Snapshot) -> Service:
    service = snapshot.service(name)
    if service is not None:
        return service
    if snapshot.at is None:
        raise Unreachable(snapshot.source.sentence)
    near = did_you_mean(name, [s.name for s in snapshot.services])
    raise NotFound(f"There is no service {name[:64]!r}.{near}")

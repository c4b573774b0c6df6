"""Exchanges the build of one app for the newest: keeps the former, builds, tries out, puts back.

Each phase is noted before it begins and may be done again, so that whoever comes after us goes on
where we died.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.apps.receipts import Shelf
from services.contract.job import ItemState
from services.errors import CockpitError, Refused
from services.jobs.run import Run
from services.upgrades.builds import SavedBuild, forget_older
from services.upgrades.examination import Installation, examine
from services.upgrades.handover import GuardianVerdict, Handover
from services.upgrades.lab import Lab
from services.upgrades.phases import DOING, PERCENT, Order, Phase, Turn, done
from services.upgrades.trial import Member, Trial

log = logging.getLogger(__name__)


LISTED_WITHIN_S = 10.0
"""How long hero_proc may take until it lists the services of a new app."""


class Exchange:
    """Carries exchanges out on one machine."""

    def __init__(
        self, *, shelf: Shelf, saved: Path, lab: Lab, trial: Trial, handover: Handover
    ) -> None:
        """Exchange what is on `shelf`; former builds are kept below the folder `saved`."""
        self._shelf = shelf
        self._saved = saved
        self._lab = lab
        self._trial = trial
        self._handover = handover
        self._do: Mapping[Phase, Callable[[Run, int, Order], Awaitable[Turn]]] = {
            Phase.SAVE: self._save,
            Phase.BUILD: self._build,
            Phase.TRY: self._try,
            Phase.HAND_OVER: self._hand_over,
            Phase.PUT_BACK: self._put_back,
        }

    async def carry_out(self, run: Run, place: int, order: Order) -> None:
        """Bring the item at `place` from wherever it stands to its end, and note that."""
        phase = Phase(run.memory(place).get("phase", Phase.SAVE))
        while phase is not Phase.END:
            await self._note(
                run,
                place,
                order,
                state=ItemState.RUNNING,
                step=DOING[phase],
                percent=PERCENT[phase],
                memory={"phase": phase},
            )
            turn = await self._turn(phase, run, place, order)
            if said := turn.sentence or turn.notes.get("reason"):
                await run.log(str(said), order.app.name)
            await self._note(
                run,
                place,
                order,
                state=turn.state,
                sentence=turn.sentence,
                version_before=turn.before,
                version_after=turn.after,
                memory={**turn.notes, "phase": turn.next},
            )
            phase = turn.next
        if order.own:
            with suppress(OSError):
                await self._handover.relieve(self._folder(run, order))

    async def _turn(self, phase: Phase, run: Run, place: int, order: Order) -> Turn:
        """Do one phase; what goes wrong unforeseen leads to where the former build serves."""
        try:
            return await self._do[phase](run, place, order)
        except (CockpitError, OSError) as error:
            reason = _said(error)
        except Exception:
            log.exception("the phase %r of job %d failed inside", phase, run.job_id)
            reason = "It failed by an error inside the cockpit. The cockpit's log says more."
        if phase is Phase.SAVE:
            words = f"{reason} Nothing was changed."
            return Turn(Phase.END, state=ItemState.FAILED, sentence=words)
        if phase is Phase.PUT_BACK:
            first = run.memory(place).get("reason", "")
            words = f"{first} The former build could not be put back: {reason}"
            return Turn(Phase.END, state=ItemState.BROKEN, sentence=words)
        return Turn(Phase.PUT_BACK, {"reason": reason})

    async def _note(self, run: Run, place: int, order: Order, **news: Any) -> None:
        """Note what is new; on a disk that is full, in the room that was kept for it."""
        try:
            await run.note(place, **news)
        except Refused as error:
            saved = await asyncio.to_thread(self._load, run, order)
            if saved is None:
                raise
            log.warning("room is made for the notes of job %d: %s", run.job_id, error.message)
            await asyncio.to_thread(saved.make_room)
            await run.note(place, **news)

    def _folder(self, run: Run, order: Order) -> Path:
        return self._saved / order.app.name / str(run.job_id)

    def _load(self, run: Run, order: Order) -> SavedBuild | None:
        return SavedBuild.load(self._shelf.root, self._folder(run, order))

    async def _save(self, run: Run, place: int, order: Order) -> Turn:
        app = order.app
        members = await self._trial.members(app)
        installed = await asyncio.to_thread(self._shelf.look, app)
        await asyncio.to_thread(self._keep, run, order)
        notes = {
            "members": [member.as_json() for member in members],
            "former": installed.version,
            "fresh": not installed.present,
        }
        return Turn(Phase.BUILD, notes, before=installed.version)

    def _keep(self, run: Run, order: Order) -> None:
        paths = [self._shelf.programs / name for name in self._shelf.names_of(order.app)]
        folder = self._folder(run, order)
        SavedBuild.make(self._shelf.root, folder, [*paths, *self._shelf.receipts_of(order.app)])
        forget_older(folder)

    async def _build(self, run: Run, place: int, order: Order) -> Turn:
        if order.own:
            folder = self._folder(run, order)
            if verdict := await self._handover.left(folder):
                return self._by(verdict, run, place)
            try:
                await self._handover.post_sentry(run, place, folder=folder)
            except CockpitError as error:
                words = f"No sentry could be posted, so nothing was changed: {error.message}"
                return Turn(Phase.END, state=ItemState.FAILED, sentence=words)
        built = await self._lab.build(run, place, order.app, channel=order.channel)
        if built.ok:
            return Turn(Phase.TRY)
        reason = built.sentence
        if await asyncio.to_thread(self._is_untouched, run, order):
            words = f"{reason} Nothing was changed."
            return Turn(Phase.END, state=ItemState.FAILED, sentence=words)
        return Turn(Phase.PUT_BACK, {"reason": reason})

    def _is_untouched(self, run: Run, order: Order) -> bool:
        saved = self._load(run, order)
        return saved is not None and not saved.changed() and not self._brought(saved, order)

    def _brought(self, saved: SavedBuild, order: Order) -> list[Path]:
        """Return the programs of the app that its build brought besides those there were."""
        paths = (self._shelf.programs / name for name in self._shelf.names_of(order.app))
        return [
            p for p in paths if p.is_file() and str(p.relative_to(saved.root)) not in saved.digests
        ]

    async def _try(self, run: Run, place: int, order: Order) -> Turn:
        if order.own and (verdict := await self._handover.left(self._folder(run, order))):
            return self._by(verdict, run, place)
        installed = await self._examine(run, place, order)
        if installed.trouble:
            return Turn(Phase.PUT_BACK, {"reason": installed.trouble})
        expected = installed.version
        if order.own:
            return Turn(Phase.HAND_OVER, {"expected": expected})
        members = await self._to_run(run, place, order)
        if not members and run.memory(place).get("fresh"):
            words = f"hero_proc does not know a service of {order.app.name}."
            return Turn(Phase.PUT_BACK, {"reason": words})
        if not members:
            words = f"Version {expected} is installed. It is stopped, as it was, and was not tried."
            return done(expected, words)
        await run.note(place, memory={"tried": True})
        proven = await self._trial.restart(members, version=expected, sign=run.sign)
        if not proven.ok:
            return Turn(Phase.PUT_BACK, {"reason": proven.sentence})
        return done(expected, f"Version {proven.version or expected or 'of the new build'} serves.")

    async def _examine(self, run: Run, place: int, order: Order) -> Installation:
        former = str(run.memory(place).get("former", ""))
        return await examine(self._shelf, order.app, former=former, available=order.available)

    async def _to_run(self, run: Run, place: int, order: Order) -> list[Member]:
        """Return the services that are to serve: those that were up, and those that are new."""
        before = {member.name: member for member in _members(run, place)}
        wait_s = 0.0 if before else LISTED_WITHIN_S
        now = await self._trial.members(order.app, wait_s=wait_s)
        brand_new = not before or any(member.up for member in before.values())
        found = [before.get(member.name) or Member(member.name, brand_new) for member in now]
        return [member for member in found if member.up]

    async def _hand_over(self, run: Run, place: int, order: Order) -> Turn:
        memory = run.memory(place)
        if memory.get("back"):
            return await self._hand_back(run, place, order)
        expected = str(memory.get("expected", ""))
        verdict = await self._handover.judged(
            run, place, folder=self._folder(run, order), version=expected
        )
        if verdict is None:
            proven = await self._trial.prove(_up(run, place), version=expected, sign=run.sign)
            if proven.ok:
                return done(expected, f"Version {expected} serves; its guardian said nothing.")
            return Turn(Phase.PUT_BACK, {"reason": proven.sentence})
        return self._by(verdict, run, place)

    async def _hand_back(self, run: Run, place: int, order: Order) -> Turn:
        """Have the former cockpit started: its files are back, but we are not made of them."""
        memory = run.memory(place)
        reason, former = str(memory.get("reason", "")), str(memory.get("former", ""))
        verdict = await self._handover.judged(
            run, place, folder=self._folder(run, order), version=former, errand="guardian back"
        )
        if verdict is not None and verdict.state is ItemState.DONE:
            words = f"{reason} The former version {former} serves again."
            return Turn(Phase.END, state=ItemState.ROLLED_BACK, sentence=words, after=former)
        seen = verdict.sentence if verdict else "nobody saw whether it serves."
        words = f"{reason} The former version {former} was put back, but: {seen}"
        return Turn(Phase.END, state=ItemState.BROKEN, sentence=words, after=former)

    def _by(self, verdict: GuardianVerdict, run: Run, place: int) -> Turn:
        """Return the end that a guardian or a sentry saw."""
        memory = run.memory(place)
        if verdict.state is ItemState.DONE:
            return done(str(memory.get("expected", "")), verdict.sentence)
        former = str(memory.get("former", ""))
        return Turn(Phase.END, state=verdict.state, sentence=verdict.sentence, after=former)

    async def _put_back(self, run: Run, place: int, order: Order) -> Turn:
        memory = run.memory(place)
        reason, former = str(memory.get("reason", "")), str(memory.get("former", ""))
        saved = await asyncio.to_thread(self._load, run, order)
        if saved is None:
            words = f"{reason} The former build is not to be found, so it was not put back."
            return Turn(Phase.END, state=ItemState.BROKEN, sentence=words)
        if not saved.was_there:
            await self._trial.stop(order.app)
        await asyncio.to_thread(lambda: saved.put_back(self._brought(saved, order)))
        if not saved.was_there:
            words = f"{reason} What it had brought was removed."
            return Turn(Phase.END, state=ItemState.FAILED, sentence=words, after="")
        return await self._prove_former(run, place, order, reason=reason, former=former)

    async def _prove_former(
        self, run: Run, place: int, order: Order, *, reason: str, former: str
    ) -> Turn:
        """Prove that the former build serves; what does not serve is restarted once."""
        members = _up(run, place)
        name = f"version {former}" if former else "build"
        if not members:
            words = f"{reason} The former {name} is in its place; it is stopped, as it was."
            return Turn(Phase.END, state=ItemState.ROLLED_BACK, sentence=words, after=former)
        if not run.memory(place).get("tried"):
            proven = await self._trial.prove(members, version=former, sign=run.sign)
        else:
            proven = await self._trial.restart(members, version=former, sign=run.sign)
        if not proven.ok and order.own:
            return Turn(Phase.HAND_OVER, {"back": True})
        if not proven.ok:
            proven = await self._trial.restart(members, version=former, sign=run.sign)
        if proven.ok:
            words = f"{reason} The former {name} serves again."
            return Turn(Phase.END, state=ItemState.ROLLED_BACK, sentence=words, after=former)
        words = f"{reason} The former {name} was put back, but: {proven.sentence}"
        return Turn(Phase.END, state=ItemState.BROKEN, sentence=words, after=former)


def _said(error: CockpitError | OSError) -> str:
    """Return what went wrong as one sentence."""
    if isinstance(error, CockpitError):
        return error.message
    return f"A file could not be written: {error.strerror or error}."


def _members(run: Run, place: int) -> list[Member]:
    return [Member.of_json(noted) for noted in run.memory(place).get("members", [])]


def _up(run: Run, place: int) -> list[Member]:
    return [member for member in _members(run, place) if member.up]

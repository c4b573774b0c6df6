"""Ends a share and proves it: the name goes, and a stranger who tries the link is kept out.

What was to end is noted before anything is done, so that it ends even if the cockpit dies.
"""

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from services.clock import Clock
from services.contract.share import Share, ShareState
from services.errors import CockpitError, NotAllowed, Refused, Unreachable
from services.hero.proxy_routes import Route
from services.shares.gate import Gate
from services.shares.records import Record, ShareRecords
from services.shares.witness import Seen, Stranger, judge_closed

PROOF_WITHIN_S = 5.0
LOOK_EVERY_S = 0.25


class Ending:
    """Closes shares; used by people's wish, by expiry, and when a share turns out too wide."""

    def __init__(self, gate: Gate, stranger: Stranger, records: ShareRecords, clock: Clock) -> None:
        self._gate = gate
        self._stranger = stranger
        self._records = records
        self._clock = clock

    async def end(self, record: Record) -> Share:
        """Close a share and return it with the proof, or with what speaks against it.

        Raises Unreachable or Refused when hero_proxy does not delete it; it is noted and retried.
        A database that takes nothing does not keep the share open.
        """
        await self._records.ask_end(record, self._clock.now())
        try:
            gone = await self._delete(record)
        except (Unreachable, Refused) as error:
            raise await self._not_yet(record, error) from error
        share = await self._proven(record, gone=gone)
        await self._records.looked(record, share)
        return share

    async def look_after(self, record: Record, *, gone: bool) -> tuple[Seen, bool | None, str]:
        """Look at the link of a share that is over: what was seen, the verdict, a sentence."""
        seen = await self._stranger.look(record.share.address)
        elsewhere = Seen()
        if seen.lets_in:
            elsewhere = await self._stranger.look(_never_shared(record.share.address))
        kept_out, sentence = judge_closed(seen, elsewhere)
        if kept_out is None and gone:
            sentence = f"hero_proxy no longer has it. {sentence}"
        return seen, kept_out, sentence

    async def _delete(self, record: Record) -> bool:
        """Delete the name, and return whether hero_proxy is known not to have it any more."""
        names = await self._gate.names()
        if record.domain in names.own:
            raise NotAllowed(f"{record.domain} is the way to this machine itself; it stays.")
        shared = names.shared.get(record.domain)
        route = Route(record.domain, _id(record.share.domain_id))
        if shared is not None and shared.route.id is not None:
            route = shared.route
        if shared is not None or not names.told:
            await self._gate.proxy.delete(route)
        return names.told

    async def _proven(self, record: Record, *, gone: bool) -> Share:
        until = self._clock.monotonic() + PROOF_WITHIN_S
        while True:
            seen, kept_out, sentence = await self.look_after(record, gone=gone)
            if kept_out or self._clock.monotonic() >= until:
                break
            await self._clock.sleep(LOOK_EVERY_S)
        if kept_out is False:
            sentence = (
                f"{sentence} hero_proxy says that it is closed. The cockpit goes on closing it; "
                "restart hero_proxy to be safe."
            )
        over = bool(kept_out) or (kept_out is None and gone)
        return record.share.model_copy(
            update={
                "state": ShareState.CLOSED if kept_out else ShareState.UNCLEAR,
                "closed_at": self._clock.now() if over else None,
                "witness": self._stranger.report(
                    seen, as_expected=bool(kept_out), sentence=sentence
                ),
                "sentence": sentence,
            }
        )

    async def _not_yet(self, record: Record, error: CockpitError) -> CockpitError:
        kind = Unreachable if isinstance(error, Unreachable) else Refused
        message = (
            f"{record.share.subdomain} is still shared, and is closed as soon as hero_proxy does "
            f"it: {error.message}"
        )
        await self._records.complain(record, message)
        return kind(message, error.detail)


def concluded(share: Share, now: datetime, sentence: str) -> Share:
    """Return a share that is over without anybody having looked."""
    return share.model_copy(
        update={"state": ShareState.CLOSED, "closed_at": now, "sentence": sentence}
    )


def _never_shared(address: str) -> str:
    """Return the address of a name beside that of `address` which nobody has ever shared."""
    parts = urlsplit(address)
    beside = parts.netloc.partition(".")[2]
    return f"{parts.scheme}://never-{secrets.token_hex(8)}.{beside}/"


def _id(text: str) -> int | str | None:
    return int(text) if text.isdecimal() else text or None

"""The time line: the audit, the sightings and the jobs, joined in the order of time."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from services.apps.catalog import SUFFIXES
from services.audit.suspects import CHANGED_NOTHING, LOOK_BACK, Case, ranked, sentence_of
from services.contract.audit import Event, EventKind, ReadTimeLine, TimeLine, WhatChanged
from services.database import Database, Row, Transaction, utc_text
from services.errors import NotFound
from services.hero.socket_names import split_name
from services.journal import DONE, UNCLEAR
from services.state.store import Store

MOST_CANDIDATES = 500

Related = Callable[[str], Collection[str]]
"""Returns the names that belong to an app: keys that it uses, or services that it stands on."""


def nothing_related(app: str) -> Collection[str]:
    """Return no names; for a time line that is told of no keys and no dependencies."""
    return ()


class TimeLines:
    """Reads the time line, and asks it what changed before something broke."""

    def __init__(
        self,
        database: Database,
        store: Store,
        *,
        keys_of: Related = nothing_related,
        needs_of: Related = nothing_related,
    ) -> None:
        """Join what `database` holds; `keys_of` and `needs_of` tell what an app depends on."""
        self._database = database
        self._store = store
        self._keys_of = keys_of
        self._needs_of = needs_of

    async def read(self, wanted: ReadTimeLine) -> TimeLine:
        """Return the newest events that fit, the newest first."""
        names = names_of(wanted.service) if wanted.service else ()
        events = await self._database.run(
            lambda t: _joined(t, names, since=wanted.since, until=wanted.until, limit=wanted.limit)
        )
        return TimeLine(events=tuple(events))

    async def what_changed(self, name: str) -> WhatChanged:
        """Tell what happened before a service ceased to work, the likeliest cause first.

        Raises NotFound for a service that was never seen.
        """
        snapshot = await self._store.fresh()
        service = snapshot.service(name)
        rows = await self._database.run(lambda t: _last_good_and_bad(t, name))
        if service is None and not rows:
            raise NotFound(f"There is no service {name!r} here, and none of that name was seen.")
        bad = next((row for row in rows if row["works"] == 0), None)
        good = next((row for row in rows if row["works"] == 1), None)
        if bad is None:
            return WhatChanged(service=name, sentence=f"{name} was not seen to break.")
        if good is not None and good["number"] > bad["number"]:
            return WhatChanged(service=name, sentence=f"{name} works now.")
        return await self._case(name, good, bad)

    async def _case(self, name: str, good: Row | None, bad: Row) -> WhatChanged:
        broke_at = datetime.fromisoformat(bad["at"])
        until = bad["until"] or (good["at"] if good else None)
        app, _ = split_name(name)
        case = Case(
            service=name,
            own=frozenset(names_of(name)),
            keys=frozenset(self._keys_of(app)),
            needs=frozenset(n for need in self._needs_of(app) for n in names_of(need)),
            worked_until=datetime.fromisoformat(until) if until else None,
            broke_at=broke_at,
            how=bad["sentence"],
        )
        events = await self._database.run(
            lambda t: _joined(
                t,
                (),
                since=case.begin - LOOK_BACK,
                until=broke_at + timedelta(minutes=2),
                limit=MOST_CANDIDATES,
                only_done=True,
            )
        )
        suspects = ranked(events, case)
        return WhatChanged(
            service=name,
            worked_until=case.worked_until,
            sentence=sentence_of(case, suspects),
            suspects=suspects,
        )


def names_of(name: str) -> tuple[str, ...]:
    """Return the names under which an app and its services are known, given any one of them."""
    app, _ = split_name(name)
    return tuple(dict.fromkeys((name, app, *(app + suffix for suffix in SUFFIXES))))


def _last_good_and_bad(t: Transaction, name: str) -> Sequence[Row]:
    """Return the last sighting of a working service, and the first of its breaking after that."""
    columns = "SELECT number, at, until, works, sentence FROM sighting WHERE service = ?"
    good = t.one(f"{columns} AND works = 1 ORDER BY number DESC LIMIT 1", name)
    after = good["number"] if good else 0
    bad = t.one(f"{columns} AND works = 0 AND number > ? ORDER BY number LIMIT 1", name, after)
    if bad is None and good is not None:
        bad = t.one(f"{columns} AND works = 0 ORDER BY number DESC LIMIT 1", name)
    return [row for row in (good, bad) if row is not None]


def _joined(
    t: Transaction,
    names: Sequence[str],
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    only_done: bool = False,
) -> list[Event]:
    """Return the newest events of all three sources, about any of `names` if some are given.

    With `only_done` without the requests that changed nothing.
    """
    span = (utc_text(since) if since else "", utc_text(until) if until else "9")
    events = [
        *(_change(row) for row in _audit_rows(t, names, span, limit, only_done=only_done)),
        *(_sighting(row) for row in _sighting_rows(t, names, span, limit)),
        *(_job_end(row) for row in _job_rows(t, names, span, limit)),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def _audit_rows(
    t: Transaction, names: Sequence[str], span: tuple[str, str], limit: int, *, only_done: bool
) -> list[Row]:
    about = " OR ".join(["instr(', ' || target || ', ', ?) > 0"] * len(names)) or "1"
    left_out = sorted(CHANGED_NOTHING) if only_done else []
    sql = (
        f"SELECT * FROM audit WHERE at >= ? AND at <= ? AND ({about}) "  # noqa: S608 - no value is in it
        f"AND outcome NOT IN ({', '.join('?' * len(left_out))}) ORDER BY at DESC LIMIT ?"
    )
    return t.all(sql, *span, *(f", {name}, " for name in names), *left_out, limit)


def _sighting_rows(
    t: Transaction, names: Sequence[str], span: tuple[str, str], limit: int
) -> list[Row]:
    about = f"service IN ({', '.join('?' * len(names))})" if names else "1"
    sql = (
        f"SELECT * FROM sighting WHERE at >= ? AND at <= ? AND {about} "  # noqa: S608 - no value is in it
        "ORDER BY at DESC LIMIT ?"
    )
    return t.all(sql, *span, *names, limit)


def _job_rows(t: Transaction, names: Sequence[str], span: tuple[str, str], limit: int) -> list[Row]:
    about = (
        f"id IN (SELECT job FROM job_item WHERE name IN ({', '.join('?' * len(names))}))"  # noqa: S608 - no value is in it
        if names
        else "1"
    )
    sql = f"""SELECT id, title, sentence, by, ended_at,
        (SELECT group_concat(name, ', ') FROM job_item WHERE job = id) AS items
        FROM job WHERE ended_at >= ? AND ended_at <= ? AND {about}
        ORDER BY id DESC LIMIT ?"""  # noqa: S608 - no value is in it
    return t.all(sql, *span, *names, limit)


def _change(row: Row) -> Event:
    who = row["user"] or "A guest"
    if row["impersonator"]:
        who = f"{row['impersonator']} in the name of {who}"
    what = row["operation"].removeprefix("cockpit.").replace("_", " ")
    on = f" ({row['target']})" if row["target"] else ""
    ways = {DONE: ".", UNCLEAR: f", and nobody saw how it ended: {row['reason']}"}
    ended = ways.get(row["outcome"], f", which failed: {row['reason']}")
    return Event(
        at=datetime.fromisoformat(row["at"]),
        kind=EventKind.CHANGE,
        service=row["target"],
        sentence=f"{who}: {what}{on}{ended}",
        user=row["user"],
        operation=row["operation"],
        outcome=row["outcome"],
    )


def _sighting(row: Row) -> Event:
    return Event(
        at=datetime.fromisoformat(row["at"]),
        kind=EventKind(row["kind"]),
        service=row["service"],
        sentence=row["sentence"],
        works=None if row["works"] is None else bool(row["works"]),
    )


def _job_end(row: Row) -> Event:
    return Event(
        at=datetime.fromisoformat(row["ended_at"]),
        kind=EventKind.JOB,
        service=row["items"] or "",
        sentence=f"{row['title']}: {row['sentence']}",
        user=row["by"],
    )

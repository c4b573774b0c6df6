"""The tables of the cockpit's database, as steps from empty to now; a step is never changed.

Times are texts in UTC, ISO 8601, so that they sort; lists are JSON.
"""

from typing import Final

_AUDIT = (
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        impersonator TEXT NOT NULL,
        via TEXT NOT NULL,
        operation TEXT NOT NULL,
        target TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        hash TEXT NOT NULL)""",
    "CREATE INDEX audit_at ON audit (at)",
    "CREATE INDEX audit_target ON audit (target)",
    """CREATE TABLE sighting (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        service TEXT NOT NULL,
        state TEXT NOT NULL,
        works INTEGER,
        until TEXT,
        sentence TEXT NOT NULL)""",
    "CREATE INDEX sighting_service ON sighting (service, at)",
    "CREATE INDEX sighting_at ON sighting (at)",
)
_JOBS = (
    """CREATE TABLE job (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        state TEXT NOT NULL,
        sentence TEXT NOT NULL,
        by TEXT NOT NULL,
        began_at TEXT NOT NULL,
        ended_at TEXT,
        last_sign_at TEXT NOT NULL,
        revision INTEGER NOT NULL,
        take_ups INTEGER NOT NULL DEFAULT 0,
        plan TEXT NOT NULL)""",
    """CREATE TABLE job_item (
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        step TEXT NOT NULL,
        sentence TEXT NOT NULL,
        percent INTEGER,
        version_before TEXT NOT NULL,
        version_after TEXT NOT NULL,
        began_at TEXT,
        ended_at TEXT,
        memory TEXT NOT NULL,
        PRIMARY KEY (job, place))""",
    """CREATE TABLE job_log (
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        item TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (job, number))""",
)
_KEYS = (
    """CREATE TABLE key_change (
        name TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        user TEXT NOT NULL)""",
    """CREATE TABLE key_undo (
        name TEXT PRIMARY KEY,
        until TEXT NOT NULL)""",
    """CREATE TABLE key_test (
        name TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        reason TEXT NOT NULL,
        sentence TEXT NOT NULL,
        took_ms INTEGER NOT NULL,
        asked TEXT NOT NULL)""",
)
_SHARES = (
    """CREATE TABLE share (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        domain_id TEXT NOT NULL,
        domain TEXT NOT NULL,
        service TEXT NOT NULL,
        subdomain TEXT NOT NULL,
        address TEXT NOT NULL,
        audience TEXT NOT NULL,
        people TEXT NOT NULL,
        created_at TEXT,
        created_by TEXT NOT NULL,
        expires_at TEXT,
        end_asked_at TEXT,
        closed_at TEXT,
        state TEXT NOT NULL,
        sentence TEXT NOT NULL,
        witness TEXT)""",
    "CREATE INDEX share_open ON share (closed_at, expires_at)",
    "CREATE UNIQUE INDEX share_name ON share (domain) WHERE closed_at IS NULL",
)
_EXPORTS = (
    """CREATE TABLE export (
        name TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        holds_values INTEGER NOT NULL,
        digests TEXT NOT NULL,
        stamp TEXT NOT NULL,
        proven INTEGER NOT NULL,
        damaged INTEGER NOT NULL,
        taken_at TEXT)""",
)
_UNDER_WAY = (
    """CREATE TABLE under_way (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        impersonator TEXT NOT NULL,
        via TEXT NOT NULL,
        operation TEXT NOT NULL,
        target TEXT NOT NULL)""",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (*_AUDIT, *_JOBS, *_KEYS, *_SHARES, *_EXPORTS),
    _UNDER_WAY,
)
"""Statements from each `user_version` to the next."""

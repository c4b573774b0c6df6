"""Reads one line of a log file: when it was written and how grave it is, as far as it says so.

Pure. Source: hero_proc reference 3.6 (tab-separated: epoch, context, job, level, tags, text).
"""

import re
from datetime import UTC, datetime

from services.contract.log import Level, LogLine
from services.hero.job_reports import level_of
from services.text.plain_text import plain_line

_TIME = re.compile(
    r"\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d))\]?\s+"
)
_WORDS = "trace|debug|info|notice|warn|warning|error|critical|fatal"
_LEVEL = re.compile(
    rf"(?:^|[\s\[(<|])({_WORDS.upper()})(?=[\s\])>|:]|$)"
    rf"|[\[(<](?i:({_WORDS}))[\])>]"
    rf"|\blevel[\"']?[=:]\s*[\"']?(?i:({_WORDS}))\b"
    rf"|^(?i:({_WORDS})):"
)
_LEVEL_WITHIN = 60
"""A level is named at the beginning of a line; further on, the same word means something else."""
_COLUMNS = 6
_MILLISECONDS_FROM = 1e11
"""Seconds since 1970 stay below this for three thousand years."""


def read_line(text: str) -> LogLine:
    """Return the line; its time is taken out of the text, its level stays in it."""
    columns = text.split("\t", _COLUMNS - 1)
    if len(columns) == _COLUMNS and (at := _epoch(columns[0])) is not None:
        tags, words = _plain(columns[4]), _plain(columns[5])
        told = f"{words} [{tags}]" if tags.strip() else words
        return LogLine(text=told, at=at, level=level_of(columns[3]))
    plain = _plain(text)
    found = _TIME.match(plain)
    at = _time(found[1]) if found else None
    words = plain[found.end() :] if found and at is not None else plain
    return LogLine(text=words, at=at, level=_named_level(words))


def _plain(text: str) -> str:
    return plain_line(text).replace("\t", "    ")


def _named_level(words: str) -> Level | None:
    found = _LEVEL.search(words[:_LEVEL_WITHIN])
    return level_of(found[found.lastindex or 0]) if found else None


def _epoch(word: str) -> datetime | None:
    try:
        number = float(word)
        seconds = number / 1000 if number > _MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _time(word: str) -> datetime | None:
    try:
        return datetime.fromisoformat(word.replace(",", ".").replace(" +", "+")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

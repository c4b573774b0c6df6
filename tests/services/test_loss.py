import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services import archive_seal
from services.contract.archive import Part
from services.disk_usage import Usage, measured
from services.loss import Change, sentence_of
from tests.services.clocks import HandClock
from tests.services.exporting import PASSPHRASE, exporting


@pytest.fixture(autouse=True)
def quick_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_seal, "_N", 2**10)


NOW = HandClock().now()
SAFE = Change(
    now=NOW,
    since=NOW - timedelta(days=3),
    keys=0,
    keys_known=True,
    parts=(),
    audit_lines=0,
    apps=Usage(0),
)
BEGIN = "If this machine vanished now you would lose "
SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({}, f"{BEGIN}nothing."),
    (
        {"keys": 2, "parts": (Part.SETTINGS,), "apps": Usage(214_000_000)},
        f"{BEGIN}2 keys, 3 days of settings and 214 MB of the apps' own data.",
    ),
    ({"keys": 1}, f"{BEGIN}1 key."),
    ({"parts": (Part.MANIFEST,), "since": NOW - timedelta(minutes=5)}, "1 hour of settings."),
    ({"parts": (Part.SHARES,)}, f"{BEGIN}the newest shares."),
    ({"audit_lines": 12, "apps": Usage(5, whole=False)}, "12 lines of the audit and at least 5 b"),
    ({"keys_known": False}, "nothing. The keys could not be counted: hero_proc is silent."),
    (
        {"since": None, "parts": (Part.SETTINGS, Part.SHARES), "keys": 1},
        f"Nothing was exported and proven yet. {BEGIN}1 key, all settings and all shares.",
    ),
]


@pytest.mark.parametrize(("changes", "words"), SENTENCES)
def test_the_loss_is_said_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    assert words in sentence_of(replace(SAFE, **changes))


async def test_the_loss_falls_to_nothing_after_a_proven_export_and_grows_with_changes(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        before = await made.losses.measure()
        assert (before.since, before.changed_keys, before.audit_lines) == (None, 2, 3)
        assert before.changed_parts == (Part.SETTINGS, Part.MANIFEST, Part.SHARES)
        clock.advance(10)
        _, export = await made.make(PASSPHRASE)
        clock.advance(10)
        after = await made.losses.measure()
        assert after.sentence == f"{BEGIN}nothing."
        assert after.since == export.at
        await made.keyed.records.changed("GROQ_API_KEY", at=clock.now(), user="owner")
        made.keyed.secrets.values["core/OPENAI_API_KEY"] = "sk-proj-x"
        made.home.settings.write_bytes(b"# newer\n")
        await made.note("later")
        clock.advance(3600 * 5)
        changed = await made.losses.measure()
        assert changed.sentence == (f"{BEGIN}2 keys, 5 hours of settings and 1 line of the audit.")
        await made.share("new.example")
        assert Part.SHARES in (await made.losses.measure()).changed_parts
        (made.exports / export.name).unlink()
        assert (await made.losses.measure()).since is None


async def test_an_export_without_values_saves_no_key(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await made.make()
        loss = await made.losses.measure()
    assert (loss.changed_keys, loss.changed_parts) == (2, ())


async def test_that_a_share_was_closed_or_looked_at_is_no_loss(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await made.make()
        await made.home.database.run(
            lambda t: t.change(
                "UPDATE share SET state = 'closed', closed_at = '2026-11-20T13:00:00+00:00'"
            )
        )
        assert (await made.losses.measure()).changed_parts == ()


async def test_the_apps_data_is_measured_once_in_ten_minutes(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        data = made.home.root / "var" / "hero_books"
        data.mkdir(parents=True)
        (data / "a").write_bytes(os.urandom(100_000))
        first = (await made.losses.measure()).apps_bytes
        assert 100_000 <= first <= 110_000
        (data / "b").write_bytes(os.urandom(100_000))
        clock.advance(599)
        assert (await made.losses.measure()).apps_bytes == first
        clock.advance(2)
        assert (await made.losses.measure()).apps_bytes >= first + 100_000


async def test_a_silent_hero_proc_leaves_the_rest_measured(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await made.keyed.machine.daemon.stop()
        loss = await made.losses.measure()
    assert loss.sentence.endswith("The keys could not be counted: hero_proc is silent.")
    assert loss.audit_lines == 3


def test_only_apps_folders_count_links_are_not_followed_and_names_count_once(
    tmp_path: Path,
) -> None:
    app, other = tmp_path / "var" / "app" / "deep", tmp_path / "var" / "logs"
    for folder in (app, other):
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(os.urandom(50_000))
    (app / "again").hardlink_to(app / "data")
    (app / "link").symlink_to(other)
    (tmp_path / "var" / "linked").symlink_to(other)
    usage = measured(tmp_path / "var", {"logs"})
    assert usage.whole
    assert 50_000 <= usage.size_bytes <= 60_000
    assert measured(tmp_path / "none") == Usage(0)


def test_a_walk_that_takes_too_long_says_that_it_is_at_least_so_much(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    for number in range(300):
        (folder / str(number)).write_bytes(b"x" * 100)
    usage = measured(tmp_path, longest_s=0)
    assert not usage.whole
    assert usage.size_bytes < measured(tmp_path).size_bytes

import base64
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.archive import seal as archive_seal
from services.archive.loss import Change, sentence_of
from services.claims import acting_as
from services.contract.archive import Part, ReadExport, WriteExport
from services.errors import Refused
from services.files.disk_usage import Usage, measured
from tests.services.clocks import HandClock
from tests.services.exporting import OWNER, PASSPHRASE, exporting


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
    ({"only_here": "a.tar"}, f"{BEGIN}nothing."),
    (
        {"keys": 1, "only_here": "a.tar", "since": None},
        f"{BEGIN}1 key, unless a.tar lies somewhere else too: take it home with "
        "`export save a.tar`.",
    ),
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
        await made.take_home(export.name)
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


async def test_an_export_that_vanishes_with_the_machine_saves_nothing(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        _, first = await made.make(PASSPHRASE)
        here = await made.losses.measure()
        assert (here.since, here.changed_keys, here.audit_lines) == (None, 2, 3)
        assert here.sentence.startswith(f"{BEGIN}2 keys, all settings")
        assert here.sentence.endswith(
            f", unless {first.name} lies somewhere else too: take it home with "
            f"`export save {first.name}`."
        )
        chunk = await made.folder.chunk(ReadExport(name=first.name, limit=1))
        assert chunk.next_offset == 1
        assert (await made.losses.measure()).since is None, "a piece is not the whole"
        await made.take_home(first.name)
        assert (await made.losses.measure()).sentence == f"{BEGIN}nothing."
        made.home.settings.write_bytes(b"# newer\n")
        clock.advance(60)
        _, second = await made.make(PASSPHRASE)
        later = await made.losses.measure()
        assert (later.since, later.changed_parts) == (first.at, (Part.SETTINGS,))
        assert f"unless {second.name} lies somewhere else too" in later.sentence


async def test_an_export_that_came_from_elsewhere_lies_there_too(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        file = made.exports / export.name
        data = base64.b64encode(file.read_bytes()).decode()
        file.unlink()
        await made.folder.write(WriteExport(name="sent.tar", offset=0, data_base64=data, last=True))
        await made.folder.prove("sent.tar")
        assert (await made.losses.measure()).sentence == f"{BEGIN}nothing."


async def test_a_damaged_export_is_told_and_saves_nothing(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        await made.take_home(export.name)
        file = made.exports / export.name
        whole = file.read_bytes()
        for damaged in (whole[:-1], whole[:700] + b"\xff" + whole[701:], b""):
            file.write_bytes(damaged)
            os.utime(file, ns=(0, len(damaged)))
            (listed,) = (await made.folder.list()).exports
            assert not listed.proven
            assert listed.sentence.startswith("It is damaged")
            loss = await made.losses.measure()
            assert (loss.since, loss.changed_keys) == (None, 2)
            with acting_as(OWNER), pytest.raises(Refused, match=r"not given out\. It is damaged"):
                await made.handler.read_export(ReadExport(name=export.name))
        file.write_bytes(whole)
        (listed,) = (await made.folder.list()).exports
        assert listed.proven, "what was written is back"
        assert (await made.losses.measure()).sentence == f"{BEGIN}nothing."


async def test_another_export_under_the_name_of_a_proven_one_is_not_proven(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        _, first = await made.make(PASSPHRASE)
        clock.advance(1)
        _, second = await made.make()
        content = (made.exports / first.name).read_bytes()
        (made.exports / second.name).write_bytes(content)
        listed = {export.name: export for export in (await made.folder.list()).exports}
        assert (listed[second.name].sha256, listed[second.name].proven) == (first.sha256, False)
        assert (await made.folder.guarded(second.name)).values


async def test_an_export_without_values_saves_no_key(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        await made.take_home(export.name)
        loss = await made.losses.measure()
    assert (loss.changed_keys, loss.changed_parts) == (2, ())


async def test_that_a_share_was_closed_or_looked_at_is_no_loss(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        await made.take_home(export.name)
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


async def test_lines_of_the_audit_are_counted_without_being_read(sockets: Path) -> None:
    async with exporting(sockets) as parts:
        await parts.home.database.run(
            lambda t: t.change(
                "INSERT INTO audit SELECT 4, at, x'ff', impersonator, via, operation, target, "
                "outcome, reason, hash FROM audit WHERE number = 3"
            )
        )
        assert (await parts.losses.measure()).audit_lines == 4


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

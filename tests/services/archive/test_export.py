import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.archive import seal as archive_seal
from services.archive.format import AUDIT, KEY_NAMES, KEY_VALUES, unpack
from services.claims import Identity, Right, acting_as
from services.contract.archive import (
    ExportHome,
    OneExport,
    Part,
    ReadExport,
    RestoreExport,
    WriteExport,
)
from services.contract.job import ItemState, JobState
from services.errors import Invalid, NotAllowed, NotFound, Refused
from services.params import NoParams
from tests.services.clocks import HandClock
from tests.services.daemons import eventually
from tests.services.exporting import MANIFEST, OWNER, PASSPHRASE, SETTINGS, Exporting, exporting

WRITER = Identity(user="mik", via="web", right=Right.WRITE)
OPERATOR = Identity(user="mik", via="web", right=Right.ADMIN, impersonator="ops")
VALUES = ("gsk_secret_value_1", "forge_secret_value_2")


@pytest.fixture(autouse=True)
def quick_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make guessing passphrases cheap; what it costs is tested with the seal itself."""
    monkeypatch.setattr(archive_seal, "_N", 2**10)


@pytest.fixture
def other(sockets: Path) -> Path:
    """Where another machine's sockets are."""
    (sockets / "o").mkdir()
    return sockets / "o"


async def test_an_export_is_made_tried_and_proven(sockets: Path) -> None:
    async with exporting(sockets) as made:
        with acting_as(OWNER):
            job, export = await made.make()
        assert (job.state, job.by, job.kind) == (JobState.DONE, "owner", "export")
        assert job.sentence == (
            f"{export.name} holds settings, manifest, the names of 2 keys without values, 1 share "
            "and 3 lines of audit; a trial restore gave all of it back."
        )
        assert [item.state for item in job.items] == [ItemState.DONE] * 3
        assert (export.proven, export.holds_values) == (True, False)
        file = made.exports / export.name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.exports.stat().st_mode) == 0o700
        assert sorted(p.name for p in made.exports.iterdir()) == [export.name]
        content = file.read_bytes()
    archive = unpack(content)
    assert archive.about.versions == {"hero_books": "0.4.1"}
    assert archive.parts == tuple(Part)
    assert KEY_VALUES not in archive.members
    assert b"gsk_a" not in content


async def test_no_form_of_a_value_is_in_an_export_or_beside_it(sockets: Path) -> None:
    async with exporting(sockets) as made:
        for place, value in zip(
            ("core/GROQ_API_KEY", "cockpit/USER_FORGE_TOKEN"), VALUES, strict=True
        ):
            made.keyed.secrets.values[place] = value
        await made.make()
        await made.make(PASSPHRASE)
        contents = [p.read_bytes() for p in sockets.rglob("*") if p.is_file()]
    assert len(contents) > 3
    words = [*VALUES, PASSPHRASE.get_secret_value()]
    forms = [form for w in words for form in (w, w[::-1], base64.b64encode(w.encode()).decode())]
    assert [form for form in forms for content in contents if form.encode() in content] == []


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
async def test_a_new_machine_gets_everything_back(
    sockets: Path, other: Path, passphrase: SecretStr | None
) -> None:
    async with exporting(sockets) as made, exporting(other, furnished=False) as new:
        _, export = await made.make(passphrase)
        new.move_in(made, export.name)
        await new.note("already here")
        with acting_as(OWNER):
            begun = await new.handler.restore_export(
                RestoreExport(name=export.name, passphrase=passphrase)
            )
        job = await new.ended(begun)
        assert [item.sentence for item in job.items if item.state is not ItemState.DONE] == []
        assert job.state is JobState.DONE
        assert new.home.settings.read_bytes() == SETTINGS
        assert stat.S_IMODE(new.home.settings.stat().st_mode) == 0o600
        assert new.home.manifest.path.read_bytes() == MANIFEST
        values = made.keyed.secrets.values if passphrase else {}
        assert new.keyed.secrets.values == values
        assert await new.shares() == [("mik.example", "closed", True)]
        (audit,) = new.home.restored.iterdir()
        assert (
            audit.read_bytes() == unpack((made.exports / export.name).read_bytes()).members[AUDIT]
        )
        assert stat.S_IMODE(audit.stat().st_mode) == 0o600
        verdict = await new.audit.verify()
        assert (verdict.whole, verdict.lines) == (True, 1)
    if passphrase is None:
        assert "set them by hand: USER_FORGE_TOKEN, GROQ_API_KEY" in job.sentence
    assert "none is opened by itself" in job.sentence


async def test_only_keys_without_a_value_are_to_be_set_by_hand(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        job = await made.ended(await made.restore.begin(made.jobs, export.name, parts=[Part.KEYS]))
        assert "each of them has a value here, which stays" in job.sentence
        del made.keyed.secrets.values["core/GROQ_API_KEY"]
        job = await made.ended(await made.restore.begin(made.jobs, export.name, parts=[Part.KEYS]))
        assert job.sentence.endswith("set them by hand: GROQ_API_KEY.")


async def test_what_a_restore_replaces_is_kept_beside(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        made.home.settings.write_bytes(b"# newer\n")
        made.home.manifest.path.write_bytes(b'profile = "books"\n')
        for _ in range(2):  # a second time changes nothing, and adds no share
            await made.ended(await made.restore.begin(made.jobs, export.name, new_owner=True))
        assert made.home.settings.read_bytes() == SETTINGS
        assert made.home.manifest.path.read_bytes() == MANIFEST
        former = made.home.settings.with_name("cockpit.toml.before-restore")
        assert former.read_bytes() == b"# newer\n"
        assert stat.S_IMODE(former.stat().st_mode) == 0o600
        assert await made.shares() == [("mik.example", "open", False)]


async def test_a_manifest_that_is_broken_is_replaced_and_kept(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        path = made.home.manifest.path
        for copy in (None, MANIFEST):  # without a last good copy beside it, and with one
            path.write_bytes(b"profile = [broken")
            if copy is not None:
                path.with_name("services.toml.bak").write_bytes(copy)
            job = await made.restore.begin(
                made.jobs, export.name, parts=[Part.MANIFEST], new_owner=True
            )
            assert (await made.ended(job)).state is JobState.DONE
            assert path.read_bytes() == MANIFEST
            former = path.with_name("services.toml.before-restore")
            assert former.read_bytes() == b"profile = [broken"


async def test_a_manifest_that_cannot_be_used_takes_none_away(sockets: Path) -> None:
    async with exporting(sockets) as made:
        made.home.manifest.path.write_bytes(b"owner = [")
        _, export = await made.make()
        made.home.manifest.path.write_bytes(b"owner = {")
        job = await made.restore.begin(made.jobs, export.name, parts=[Part.MANIFEST])
        ended = await made.ended(job)
        assert made.home.manifest.path.read_bytes() == b"owner = {"
    assert "The manifest in the export cannot be used. It is not valid TOML" in ended.sentence


async def test_a_trial_tells_what_would_be_others_and_changes_nothing(
    sockets: Path, other: Path
) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        same = await made.ended(
            await made.restore.begin(made.jobs, export.name, passphrase=PASSPHRASE, trial=True)
        )
        assert same.sentence == "Tried, and nothing was changed: all of it is the same as here."
        made.home.settings.write_bytes(b"# newer\n")
        made.keyed.secrets.values["core/GROQ_API_KEY"] = "gsk_another"
        await made.note("later")
        job = await made.ended(
            await made.restore.begin(made.jobs, export.name, passphrase=PASSPHRASE, trial=True)
        )
        assert job.state is JobState.DONE
        assert job.sentence.endswith("settings, keys would be others than here.")
        assert made.home.settings.read_bytes() == b"# newer\n"
        assert made.keyed.secrets.values["core/GROQ_API_KEY"] == "gsk_another"
        assert not made.home.restored.exists()
        assert not list(made.home.settings.parent.glob("*.before-restore"))


@pytest.mark.parametrize(("content", "words"), [(b"= no toml", "no TOML"), (b"\xff", "no TOML")])
async def test_settings_that_could_not_be_read_at_the_start_are_neither_proven_nor_put_back(
    sockets: Path, content: bytes, words: str
) -> None:
    async with exporting(sockets) as made:
        made.home.settings.write_bytes(content)
        job, export = await made.make()
        assert (job.state, export.proven) == (JobState.FAILED, False)
        assert "is written, but is not proven. Settings: " in job.sentence
        assert words in job.sentence
        made.home.settings.write_bytes(SETTINGS)
        job = await made.ended(await made.restore.begin(made.jobs, export.name))
        assert (job.state, job.items[0].state) == (JobState.FAILED, ItemState.FAILED)
        assert [item.state for item in job.items[1:]] == [ItemState.DONE] * 4
        assert made.home.settings.read_bytes() == SETTINGS


async def test_an_audit_that_was_tampered_with_is_not_proven(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await made.home.database.run(
            lambda t: t.change("UPDATE audit SET user = 'x' WHERE number = 2")
        )
        job, export = await made.make()
    assert not export.proven
    assert "Audit: Line 2 of the exported audit is not as it was written." in job.sentence


async def test_a_silent_hero_proc_costs_the_names_of_keys_but_not_the_export(
    sockets: Path,
) -> None:
    async with exporting(sockets) as made:
        await made.keyed.machine.daemon.stop()
        job, export = await made.make()
        assert export.proven
        assert "without the names of the keys: hero_proc cannot be reached" in job.sentence
        assert KEY_NAMES not in unpack((made.exports / export.name).read_bytes()).members
        failed = await made.ended(await made.export.begin(made.jobs, PASSPHRASE, audit=True))
    assert failed.state is JobState.FAILED
    assert "hero_proc cannot be reached" in failed.sentence


async def test_a_hero_proc_that_lists_no_secrets_is_asked_for_the_known_ones(
    sockets: Path,
) -> None:
    async with exporting(sockets) as made:
        made.keyed.secrets.tells_names = False
        made.keyed.secrets.values["core/UNKNOWN_KEY"] = "x"
        _, export = await made.make()
        archive = unpack((made.exports / export.name).read_bytes())
    assert archive.members[KEY_NAMES].split() == [
        b"[",
        b'"cockpit/USER_FORGE_TOKEN",',
        b'"core/GROQ_API_KEY"',
        b"]",
    ]


async def test_values_that_hero_proc_masks_are_told_as_missing(sockets: Path) -> None:
    async with exporting(sockets) as made:
        made.keyed.secrets.masked = True
        job, _ = await made.make(PASSPHRASE)
    words = "hero_proc does not give these values out: GROQ_API_KEY, USER_FORGE_TOKEN."
    assert words in job.sentence + job.items[0].sentence


async def test_a_refused_key_is_told_without_its_value(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        made.keyed.secrets.refuses = "bad value VALUE"
        job = await made.restore.begin(
            made.jobs, export.name, parts=[Part.KEYS], passphrase=PASSPHRASE
        )
        ended = await made.ended(job)
    assert ended.state is JobState.FAILED
    assert "could not be put back: hero_proc did not take it" in ended.sentence
    assert "gsk_a" not in ended.model_dump_json()


async def test_a_wrong_passphrase_is_told_before_anything_is_begun(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        wrong = SecretStr("wrong horse battery")
        with pytest.raises(Invalid, match="passphrase does not open"):
            await made.restore.begin(made.jobs, export.name, passphrase=wrong)
        with pytest.raises(Invalid, match="10 to 1000"):
            await made.export.begin(made.jobs, SecretStr("short"), audit=True)
        assert len((await made.jobs.list()).jobs) == 1


async def test_a_part_that_is_not_in_it_is_told(sockets: Path) -> None:
    async with exporting(sockets) as made:
        made.home.settings.unlink()
        _, export = await made.make()
        with pytest.raises(Invalid, match="does not hold settings"):
            await made.restore.begin(made.jobs, export.name, parts=[Part.SETTINGS])
        with pytest.raises(NotFound, match="List the exports"):
            await made.restore.begin(made.jobs, "other.tar")


async def test_at_most_ten_are_kept_and_the_last_proven_one_is_among_them(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        _, first = await made.make()
        made.home.settings.write_bytes(b"= no toml")
        jobs = []
        for _ in range(11):
            clock.advance(60)
            jobs.append((await made.make())[0])
        listed = (await made.folder.list()).exports
        files = sorted(p.name for p in made.exports.iterdir())
    assert len(files) == len(listed) == 10
    assert [e.name for e in listed if e.proven] == [first.name]
    assert [e.at for e in listed] == sorted((e.at for e in listed), reverse=True)
    assert "At most 10" not in jobs[8].sentence


async def test_the_job_says_which_export_had_to_go(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        names = []
        for _ in range(11):
            clock.advance(60)
            job, export = await made.make()
            names.append(export.name)
    assert job.sentence.endswith(f"At most 10 exports are kept, so {names[0]} went.")


async def test_an_export_taken_up_without_its_passphrase_says_so(sockets: Path) -> None:
    plan = {"name": "x.tar", "passphrase": "0011223344556677", "audit": True}
    async with exporting(sockets) as made:
        job = await made.jobs.start("export", title="Export x", items=["collect"], plan=plan)
        ended = await made.ended(job)
    assert ended.state is JobState.FAILED
    assert ended.sentence.startswith(
        "The cockpit ended meanwhile, and a passphrase is kept nowhere"
    )


async def carried(made: Exporting, name: str, *, limit: int = 4000) -> list[bytes]:
    pieces: list[bytes] = []
    offset = 0
    while True:
        with acting_as(OWNER):
            chunk = await made.handler.read_export(
                ReadExport(name=name, offset=offset, limit=limit)
            )
        pieces.append(base64.b64decode(chunk.data_base64))
        offset = chunk.next_offset
        if offset == chunk.total_bytes:
            return pieces


def piece(data: bytes, **members: Any) -> WriteExport:
    return WriteExport(data_base64=base64.b64encode(data).decode(), **members)


async def test_an_export_travels_in_pieces_and_goes_on_where_it_was_cut(
    sockets: Path, other: Path
) -> None:
    async with exporting(sockets) as made, exporting(other, furnished=False) as new:
        _, export = await made.make()
        pieces = await carried(made, export.name)
        assert len(pieces) > 2
        await new.handler.write_export(piece(pieces[0], name="a.tar", offset=0))
        with pytest.raises(Invalid, match="4000 bytes are here; go on from there"):
            await new.handler.write_export(piece(pieces[1], name="a.tar", offset=5))
        assert (await new.handler.list_exports(NoParams())).exports == ()
        sent = 4000
        for rest in pieces[1:]:
            chunk = await new.handler.write_export(
                piece(
                    rest,
                    name="a.tar",
                    offset=sent,
                    last=rest is pieces[-1],
                    sha256=export.sha256.upper(),
                )
            )
            sent = chunk.next_offset
        (arrived,) = (await new.handler.list_exports(NoParams())).exports
        assert (arrived.sha256, arrived.at, arrived.proven) == (export.sha256, export.at, False)
        with pytest.raises(Refused, match="already"):
            await new.handler.write_export(piece(b"", name="a.tar", offset=0))
        assert [p.name for p in new.exports.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("flaw", ["a bit", "the sum"])
async def test_what_did_not_arrive_whole_gets_no_name_here(
    sockets: Path, other: Path, flaw: str
) -> None:
    async with exporting(sockets) as made, exporting(other, furnished=False) as new:
        _, export = await made.make()
        data = bytearray((made.exports / export.name).read_bytes())
        data[len(data) // 2] ^= flaw == "a bit"
        sha256 = "0" * 64 if flaw == "the sum" else ""
        with pytest.raises(Invalid):
            await new.handler.write_export(
                piece(bytes(data), name="a.tar", offset=0, last=True, sha256=sha256)
            )
        assert list(new.exports.iterdir()) == []


async def test_pieces_that_cannot_be_are_invalid(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exporting(sockets) as made:
        with pytest.raises(Invalid, match="not Base64"):
            await made.handler.write_export(
                WriteExport(name="a.tar", offset=0, data_base64="not base64!")
            )
        monkeypatch.setattr("services.archive.folder.MAX_ARCHIVE_BYTES", 5)
        with pytest.raises(Invalid, match="holds at most"):
            await made.handler.write_export(piece(b"123456", name="a.tar", offset=0))
        with pytest.raises(NotFound):
            await made.handler.read_export(ReadExport(name="a.tar"))
        with pytest.raises(NotFound):
            await made.handler.delete_export(OneExport(name="a.tar"))


@pytest.mark.parametrize(
    "name", ["../a.tar", "/a.tar", "a/b.tar", ".a.tar", "a.tar\n", "a", ".tar", "x" * 200 + ".tar"]
)
def test_a_name_that_could_lead_elsewhere_is_no_name(name: str) -> None:
    for model in (OneExport, ReadExport, RestoreExport):
        with pytest.raises(ValidationError):
            model(name=name)


async def test_a_file_that_was_copied_here_is_listed_if_it_is_an_export(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        (made.exports / "copy.tar").write_bytes((made.exports / export.name).read_bytes())
        (made.exports / "junk.tar").write_bytes(b"junk")
        (made.exports / ".hidden.tar").write_bytes((made.exports / export.name).read_bytes())
        names = {e.name: e.proven for e in (await made.folder.list()).exports}
        assert names == {export.name: True, "copy.tar": False}
        await made.handler.delete_export(OneExport(name=export.name))
        assert [e.name for e in (await made.folder.list()).exports] == ["copy.tar"]


async def test_only_an_admin_puts_the_settings_back(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        made.home.settings.write_bytes(b"# newer\n")
        with acting_as(WRITER):
            with pytest.raises(NotAllowed, match="Restoring the settings needs the right to admin"):
                await made.handler.restore_export(
                    RestoreExport(name=export.name, parts=(Part.SETTINGS,))
                )
            job = await made.handler.restore_export(RestoreExport(name=export.name))
            assert Part.SETTINGS not in [item.name for item in (await made.ended(job)).items]
            trial = await made.handler.restore_export(RestoreExport(name=export.name, trial=True))
            assert Part.SETTINGS in [item.name for item in (await made.ended(trial)).items]
        assert made.home.settings.read_bytes() == b"# newer\n"
        with acting_as(OWNER):
            job = await made.handler.restore_export(RestoreExport(name=export.name))
            await made.ended(job)
        assert made.home.settings.read_bytes() == SETTINGS


async def test_who_acts_in_anothers_name_neither_takes_keys_home_nor_puts_them_back(
    sockets: Path,
) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make(PASSPHRASE)
        with acting_as(OPERATOR):
            with pytest.raises(NotAllowed, match="ops acts in the name of mik"):
                await made.handler.export_home(ExportHome(passphrase=PASSPHRASE))
            with pytest.raises(NotAllowed, match="may not restore an export"):
                await made.handler.restore_export(
                    RestoreExport(name=export.name, passphrase=PASSPHRASE)
                )
            await made.ended(await made.handler.export_home(ExportHome(passphrase=None)))


async def test_an_export_that_outlived_the_cockpit_is_made_to_its_end(sockets: Path) -> None:
    async with exporting(sockets) as made:
        job = await made.export.begin(made.jobs, None, audit=True)
    async with exporting(sockets, furnished=False) as again:
        assert not (await again.jobs.get(job.id)).is_over
        await again.jobs.take_up()
        ended = await again.ended(job)
        assert ended.state is JobState.DONE
        assert [e.proven for e in (await again.folder.list()).exports] == [True]


async def test_a_restore_that_outlived_the_cockpit_goes_on_with_the_next_part(
    sockets: Path,
) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        job = await made.restore.begin(made.jobs, export.name)
        await eventually(lambda: (made.home.restored).exists())
    async with exporting(sockets, furnished=False) as again:
        await again.jobs.take_up()
        ended = await again.ended(job)
        assert (ended.state, len(ended.items)) == (JobState.DONE, 5)
        assert {item.state for item in ended.items} == {ItemState.DONE}


async def test_a_job_that_failed_has_lost_its_passphrase(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await made.keyed.machine.daemon.stop()
        await made.ended(await made.export.begin(made.jobs, PASSPHRASE, audit=True))
        (row,) = await made.home.database.run(lambda t: t.all("SELECT plan FROM job"))
        plan = json.loads(row["plan"])
        again = await made.jobs.start("export", title="Again", items=["collect"], plan=plan)
        ended = await made.ended(again)
    assert "a passphrase is kept nowhere" in ended.sentence


async def test_of_the_audits_of_others_the_newest_three_are_kept(sockets: Path) -> None:
    async with exporting(sockets) as made:
        _, export = await made.make()
        content = (made.exports / export.name).read_bytes()
        for name in ("d", "c", "b", "a", "b"):
            (made.exports / f"{name}.tar").write_bytes(content)
            await made.ended(await made.restore.begin(made.jobs, f"{name}.tar", parts=[Part.AUDIT]))
        kept = sorted(path.name for path in made.home.restored.iterdir())
    assert kept == [f"{name}-audit.jsonl" for name in "abc"]


async def test_a_stopped_export_ends_before_its_next_step(sockets: Path) -> None:
    async with exporting(sockets) as made:
        job = await made.export.begin(made.jobs, PASSPHRASE, audit=True)
        await made.jobs.stop(job.id)
        ended = await made.ended(job)
    assert (ended.state, ended.items[-1].state) == (JobState.STOPPED, ItemState.SKIPPED)
    assert ended.sentence.startswith("Stopped") or "was not tried" in ended.sentence


async def test_an_audit_too_long_for_an_export_gives_its_newest_lines(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exporting(sockets) as made:
        await made.note(*(f"line {number}" for number in range(40)))
        monkeypatch.setattr("services.archive.parts.MAX_MEMBER_BYTES", 3000)
        _, export = await made.make()
        lines = unpack((made.exports / export.name).read_bytes()).members[AUDIT].splitlines()
    assert export.proven
    assert 5 < len(lines) < 15
    assert b"line 39" in lines[-1]

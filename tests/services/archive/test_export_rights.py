"""Who may take what home, and what a file from elsewhere may do here."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.archive import seal as archive_seal
from services.archive.format import AUDIT, KEY_NAMES, KEY_VALUES, MANIFEST, SETTINGS, pack, unpack
from services.archive.seal import seal
from services.claims import Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.archive import (
    EXPORT_HOME,
    READ_EXPORT,
    WRITE_EXPORT,
    Chunk,
    ExportHome,
    Part,
    ReadExport,
    RestoreExport,
    WriteExport,
)
from services.contract.job import ItemState, Job
from services.errors import Invalid, NotAllowed, Refused
from services.params import NoParams
from tests.services.clocks import HandClock
from tests.services.exporting import MANIFEST as SERVICES
from tests.services.exporting import OWNER, PASSPHRASE, Exporting, exporting
from tests.services.exporting import SETTINGS as COCKPIT

WRITER = Identity(user="ann", via="web", right=Right.WRITE)
OPERATOR = Identity(user="mik", via="web", right=Right.ADMIN, impersonator="ops")


@pytest.fixture(autouse=True)
def quick_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_seal, "_N", 2**10)


async def crafted(made: Exporting, name: str, members: Mapping[str, bytes]) -> bytes:
    """Return an export of this machine with other members, as its own file `name`."""
    _, export = await made.make()
    archive = unpack((made.exports / export.name).read_bytes())
    data = pack(archive.about, {**archive.members, **members})
    (made.exports / name).write_bytes(data)
    return data


async def restored(made: Exporting, identity: Identity, part: Part, *, keys: bool = False) -> Job:
    with acting_as(identity):
        params = RestoreExport(name="x.tar", parts=(part,), passphrase=PASSPHRASE if keys else None)
        return await made.ended(await made.handler.restore_export(params))


@pytest.mark.parametrize("part", list(Part))
async def test_who_acts_in_anothers_name_restores_nothing(sockets: Path, part: Part) -> None:
    async with exporting(sockets) as made:
        await crafted(made, "x.tar", {SETTINGS: b"# theirs"})
        with pytest.raises(NotAllowed, match="may not restore an export"):
            await restored(made, OPERATOR, part)
        with acting_as(OPERATOR):
            trial = RestoreExport(name="x.tar", parts=(part,), trial=True)
            await made.ended(await made.handler.restore_export(trial))
        assert made.home.settings.read_bytes() == COCKPIT


async def test_only_an_admin_gives_the_machine_to_another_owner(sockets: Path) -> None:
    theirs = b'profile = "books"\nowner = "mallory"\n'
    async with exporting(sockets) as made:
        await crafted(made, "x.tar", {MANIFEST: theirs})
        job = await restored(made, WRITER, Part.MANIFEST)
        assert "names another owner (mallory)" in job.sentence
        assert made.home.manifest.path.read_bytes() == SERVICES
        assert made.home.manifest.owner() == "mik"
        await restored(made, OWNER, Part.MANIFEST)
        assert made.home.manifest.path.read_bytes() == theirs


async def test_a_writer_restores_a_manifest_of_the_same_owner(sockets: Path) -> None:
    other = b'profile = "books"\nowner = "mik"\n'
    async with exporting(sockets) as made:
        await crafted(made, "x.tar", {MANIFEST: other})
        job = await restored(made, WRITER, Part.MANIFEST)
        assert job.items[0].state is ItemState.DONE
        assert made.home.manifest.path.read_bytes() == other


async def test_keys_are_put_back_by_the_rules_by_which_a_person_sets_them(sockets: Path) -> None:
    values = {
        "core/HERO_BOOKS_TOKEN": "of an app",
        "core/OPENROUTER_API_KEY": "two words",
        "core/GROQ_API_KEY": "sk-ant-not_of_groq",
        "core/OPENAI_API_KEY": "sk-proj-good",
    }
    async with exporting(sockets) as made:
        made.keyed.secrets.values["core/OPENAI_API_KEY"] = "sk-proj-former"
        before = dict(made.keyed.secrets.values)
        await crafted(made, "x.tar", {KEY_VALUES: seal(values, PASSPHRASE)})
        job = await restored(made, WRITER, Part.KEYS, keys=True)
        after = dict(made.keyed.secrets.values)
        record = (await made.keyed.records.all())["OPENAI_API_KEY"]
        with acting_as(WRITER):
            await made.keyed.keys.undo("OPENAI_API_KEY")
        assert made.keyed.secrets.values["core/OPENAI_API_KEY"] == "sk-proj-former"
    kept = {"core/OPENAI_API_KEY": "sk-proj-good", "cockpit/UNDO_OPENAI_API_KEY": "sk-proj-former"}
    assert after == before | kept
    assert record.changed_by == "ann"
    assert record.undo_until is not None
    words = job.items[0].sentence
    assert "1 key put back." in words
    assert "core/HERO_BOOKS_TOKEN is no key that this cockpit knows" in words
    assert "looks like a key of Anthropic" in words
    assert not any(value in words for value in values.values())


async def test_secrets_of_apps_are_in_no_export(sockets: Path) -> None:
    async with exporting(sockets) as made:
        made.keyed.secrets.values["core/HERO_BOOKS_TOKEN"] = "of an app"
        _, export = await made.make(PASSPHRASE)
        members = unpack((made.exports / export.name).read_bytes()).members
    assert export.proven
    assert b"HERO_BOOKS" not in members[KEY_NAMES]
    assert "HERO_BOOKS" not in str(archive_seal.unseal(members[KEY_VALUES], PASSPHRASE))


async def test_a_writer_takes_neither_values_nor_the_audit_home(sockets: Path) -> None:
    async with exporting(sockets) as made:
        with acting_as(WRITER):
            with pytest.raises(NotAllowed, match="Only an admin or the owner"):
                await made.handler.export_home(ExportHome(passphrase=PASSPHRASE))
            job = await made.ended(await made.handler.export_home(ExportHome(passphrase=None)))
            own = (await made.folder.list()).exports[0]
            await made.handler.read_export(ReadExport(name=own.name))
        assert "without the audit, which only an admin may take" in job.sentence
        assert own.proven
        assert AUDIT not in unpack((made.exports / own.name).read_bytes()).members
        loss = await made.losses.measure()
        assert (loss.audit_lines, loss.changed_parts) == (3, ())


async def test_what_an_admin_exported_is_not_for_every_writer(sockets: Path) -> None:
    owner = Identity(user="mik", via="web", right=Right.WRITE)
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        _, whole = await made.make()
        await made.take_home(whole.name)
        with acting_as(owner):
            clock.advance(60)
            await made.ended(await made.handler.export_home(ExportHome(passphrase=PASSPHRASE)))
        values = (await made.folder.list()).exports[0]
        assert values.holds_values
        assert (await made.losses.measure()).audit_lines == 0, "the export before has the audit"
        for identity, name, words in (
            (WRITER, whole.name, "with the audit home needs the right to admin"),
            (WRITER, values.name, "Only an admin or the owner"),
            (OPERATOR, values.name, "ops acts in the name of mik"),
        ):
            with acting_as(identity), pytest.raises(NotAllowed, match=words):
                await made.handler.read_export(ReadExport(name=name))
        with acting_as(owner):
            await made.handler.read_export(ReadExport(name=values.name))


def written(name: str, data: bytes, *, offset: int = 0, last: bool = True) -> WriteExport:
    text = base64.b64encode(data).decode()
    return WriteExport(name=name, offset=offset, data_base64=text, last=last)


async def lines(made: Exporting) -> list[tuple[str, str, str, str]]:
    rows = await made.home.database.run(lambda t: t.all("SELECT * FROM audit ORDER BY number"))
    return [(r["user"], r["operation"], r["target"], r["outcome"]) for r in rows[3:]]


async def test_what_goes_home_and_what_comes_in_leaves_a_line(sockets: Path) -> None:
    async with exporting(sockets) as made:
        data = await crafted(made, "x.tar", {})
        cockpit = Cockpit([made.handler], made.audit)
        with acting_as(OWNER):
            job = await cockpit.call(EXPORT_HOME, ExportHome(passphrase=PASSPHRASE))
            await made.ended(job)
            with pytest.raises(Invalid, match="first piece first"):
                await cockpit.call(READ_EXPORT, ReadExport(name="x.tar", offset=1))
            for offset in (0, 500, 1000):
                await cockpit.call(READ_EXPORT, ReadExport(name="x.tar", offset=offset, limit=500))
            await cockpit.call(WRITE_EXPORT, written("y.tar", data[:600], last=False))
            await cockpit.call(WRITE_EXPORT, written("y.tar", data[600:], offset=600))
        with acting_as(WRITER), pytest.raises(NotAllowed):
            await cockpit.call(READ_EXPORT, ReadExport(name="x.tar"))
        assert await lines(made) == [
            ("owner", "cockpit.export_home", "with values", "done"),
            ("owner", "cockpit.read_export", "x.tar", "done"),
            ("owner", "cockpit.write_export", "y.tar", "done"),
            ("ann", "cockpit.read_export", "x.tar", "not_allowed"),
        ]


async def test_what_comes_in_pushes_nothing_out_whatever_it_says_of_itself(sockets: Path) -> None:
    clock = HandClock()
    async with exporting(sockets, clock=clock) as made:
        _, values = await made.make(PASSPHRASE)
        archive = unpack((made.exports / values.name).read_bytes())
        later = datetime(9999, 1, 1, tzinfo=UTC)
        for number in range(9):
            about = archive.about.model_copy(update={"made_at": later - timedelta(days=number)})
            data = pack(about, archive.members)
            await made.handler.write_export(written(f"{number}.tar", data))
        with pytest.raises(Refused, match="Delete one, then send it"):
            await made.handler.write_export(written("more.tar", b"begins", last=False))
        names = [e.name for e in (await made.handler.list_exports(NoParams())).exports]
        assert names == [*(f"{number}.tar" for number in range(8, -1, -1)), values.name]
        made_since = []
        for _ in range(11):
            clock.advance(60)
            made_since.append((await made.make())[1].name)
        names = [e.name for e in (await made.folder.list()).exports]
    assert names == [*made_since[:1:-1], values.name], "the one that holds values stays"


async def test_what_is_no_export_breaks_no_list(sockets: Path) -> None:
    async with exporting(sockets) as made:
        await crafted(made, "x.tar", {AUDIT: b"\n"})
        archive = unpack((made.exports / "x.tar").read_bytes())
        time = datetime.fromisoformat("9999-12-31T23:59:59-23:59")
        data = pack(archive.about.model_copy(update={"made_at": time}), archive.members)
        (made.exports / "y.tar").write_bytes(data)
        (made.exports / "gone.tar").symlink_to("nowhere")
        (made.exports / "folder.tar").mkdir()
        listed = (await made.handler.list_exports(NoParams())).exports
        with pytest.raises(Invalid):
            await made.handler.write_export(written("z.tar", data))
    assert [export.name[:5] for export in listed] == ["hero-"]


async def test_a_piece_is_no_more_than_was_asked_for(sockets: Path) -> None:
    async with exporting(sockets) as made:
        data = await crafted(made, "x.tar", {})
        with acting_as(OWNER):
            first = await made.handler.read_export(ReadExport(name="x.tar", limit=100))
        text = base64.b64encode(data[:100]).decode()
        assert first == Chunk(data_base64=text, next_offset=100, total_bytes=len(data))

"""`export save` and `export add`: the file of an export, from the machine and to it.

Both go in pieces over the same operations that programs use, so they work through SSH too.
"""

import asyncio
import base64
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import click

from cockpit_app.cli.completion import complete_export
from cockpit_app.cli.output import show
from cockpit_app.cli.target import Target, target_of, target_options
from services.contract.archive import (
    LIST_EXPORTS,
    MAX_CHUNK_BYTES,
    READ_EXPORT,
    WRITE_EXPORT,
    Chunk,
    ReadExport,
    WriteExport,
)
from services.errors import Invalid, NotFound, Refused
from services.params import NoParams


@click.command("save")
@click.argument("name", shell_complete=complete_export)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@target_options
@click.pass_context
def save(context: click.Context, name: str, file: Path | None) -> None:
    """Copy the export NAME into FILE here; goes on where an earlier try was cut off."""
    path = file or Path(name)
    if path.exists():
        raise Refused(f"{path} exists already. Name another file.")
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as out:
        saved = asyncio.run(_save(target_of(context), name, out))
    part.rename(path)
    click.echo(f"{path}: {saved} bytes, as on the machine.")


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@target_options
@click.pass_context
def add(context: click.Context, file: Path) -> None:
    """Put the export in FILE onto the machine, to restore it there."""
    target = target_of(context)
    size = file.stat().st_size
    if size == 0:
        raise Invalid(f"{file} is empty; it is no export.")
    with file.open("rb") as source:
        written = asyncio.run(_add(target, file.name, source, size))
    if target.json:
        show(written, json=True)
        return
    name = file.name
    click.echo(f"{name} is on the machine. Try it: hero_cockpit export restore {name} --trial")


def add_to_exports(root: click.Group) -> None:
    """Put both commands beside those for exports."""
    group = root.commands["export"]
    assert isinstance(group, click.Group)
    group.add_command(save)
    group.add_command(add)


async def _save(target: Target, name: str, out: BinaryIO) -> int:
    """Append what is not in `out` yet; return the size of the whole."""
    async with target.remote() as remote:
        listed = await remote.call(LIST_EXPORTS, NoParams())
        known = {export.name: export for export in listed.exports}
        if name not in known:
            raise NotFound(f"There is no export {name!r}; there are: {', '.join(known) or 'none'}.")
        if offset := out.seek(0, os.SEEK_END):  # no piece is given before the first
            await remote.call(READ_EXPORT, ReadExport(name=name, limit=1))
        while True:
            chunk = await remote.call(READ_EXPORT, ReadExport(name=name, offset=offset))
            out.write(base64.b64decode(chunk.data_base64))
            offset = chunk.next_offset
            if offset >= chunk.total_bytes:
                break
    if await asyncio.to_thread(_digest, out) != known[name].sha256:
        out.truncate(0)
        raise Refused(f"What came of {name} is not what is on the machine. Save it again.")
    return offset


def _digest(file: BinaryIO) -> str:
    """Return the SHA-256 of a whole file, in hexadecimal."""
    file.seek(0)
    sha256 = hashlib.sha256()
    while chunk := file.read(1 << 20):
        sha256.update(chunk)
    return sha256.hexdigest()


async def _add(target: Target, name: str, source: BinaryIO, size: int) -> Chunk:
    offset = 0
    async with target.remote() as remote:
        while True:
            data = source.read(MAX_CHUNK_BYTES)
            last = not data or offset + len(data) >= size
            text = base64.b64encode(data).decode()
            piece = WriteExport(name=name, offset=offset, data_base64=text, last=last)
            written = await remote.call(WRITE_EXPORT, piece)
            offset += len(data)
            if last:
                return written

"""The hidden command that guards the cockpit's own upgrade; hero_proc runs it, no person does."""

import asyncio
import logging
import sys
from pathlib import Path

import click

from cockpit_app.settings import Settings, read_settings
from cockpit_app.workshop import Place, make_trial
from services.clock import SystemClock
from services.contract.job import ItemState
from services.defaults import DEFAULTS
from services.hero.proc import ProcClient
from services.state.truth import Action
from services.upgrades.guardian import Guardian
from services.upgrades.handover import GuardianVerdict
from services.wire.node import LocalNode


@click.command("guard", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--version", required=True, help="What the cockpit must serve after its restart.")
def guard(folder: Path, version: str) -> None:
    """Restart the cockpit; put the build in FOLDER back unless it serves the wanted version."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    verdict = asyncio.run(_guard(read_settings(), folder, version))
    click.echo(verdict.sentence)
    if verdict.state is not ItemState.DONE:
        sys.exit(1)


async def _guard(settings: Settings, folder: Path, version: str) -> GuardianVerdict:
    names = DEFAULTS.overridden(settings.file.names)
    node = LocalNode()
    proc = ProcClient.at(node, settings.sockets, names)
    place = Place(
        root=settings.root,
        sockets=settings.sockets,
        node=node,
        proc=proc,
        clock=SystemClock(),
        names=names,
    )
    try:
        guardian = Guardian(make_trial(place, _show), root=settings.root, app=names.own_app)
        return await guardian.carry_out(folder, version=version)
    finally:
        await proc.close()


async def _show(name: str, action: Action | None) -> None:
    """Show nothing: the pages belong to the cockpit that is being restarted."""

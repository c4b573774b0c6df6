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
from services.upgrades.sentry import Sentry
from services.wire.node import LocalNode


@click.command("guard", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--version", default="", help="What the cockpit must serve after its restart.")
@click.option("--sentry", is_flag=True, help="Only watch, until a guardian takes over.")
def guard(folder: Path, version: str, *, sentry: bool) -> None:
    """Restart the cockpit; put the build in FOLDER back unless it serves the wanted version."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    verdict = asyncio.run(_guard(read_settings(), folder, None if sentry else version))
    if verdict is None:
        return
    click.echo(verdict.sentence)
    if verdict.state is not ItemState.DONE:
        sys.exit(1)


async def _guard(settings: Settings, folder: Path, version: str | None) -> GuardianVerdict | None:
    """Guard one restart for `version`; without one, stand sentry."""
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
        if version is not None:
            return await guardian.carry_out(folder, version=version)
        sentry = Sentry(guardian, place.clock, root=settings.root, lock=settings.lock)
        return await sentry.watch(folder)
    finally:
        await proc.close()


async def _show(name: str, action: Action | None) -> None:
    """Show nothing: the pages belong to the cockpit that is being restarted."""

"""What an upgrade would change: which apps, from which version to which, in which order."""

from collections.abc import Sequence

from services.apps.apps import AppHere, Apps
from services.apps.catalog import CATALOG, App, find_app, in_order
from services.apps.versions import is_same
from services.contract.upgrade import Check, PlannedItem, Upgrade, UpgradePlan, Will
from services.upgrades.preflight import MUST, Preflight


class Planner:
    """Plans upgrades; changes nothing."""

    def __init__(self, apps: Apps, preflight: Preflight) -> None:
        self._apps = apps
        self._preflight = preflight

    async def plan(self, wish: Upgrade) -> tuple[UpgradePlan, Sequence[AppHere]]:
        """Return the plan, and how the apps stand that would be built.

        Raises NotFound for a name that is not in the catalog.
        """
        standings = await self._apps.standings(await self._chosen(wish))
        items = [_planned(standing, reinstall=wish.reinstall) for standing in standings]
        due = [
            standing
            for standing, item in zip(standings, items, strict=True)
            if item.will is not Will.SKIP
        ]
        checks = await self._preflight.look([standing.app for standing in due])
        failed = [check for check in checks if check.name in MUST and check.ok is False]
        plan = UpgradePlan(
            checks=checks,
            items=tuple(items),
            may_start=bool(due) and not failed,
            sentence=_sentence([standing.app for standing in due], failed),
        )
        return plan, due

    async def _chosen(self, wish: Upgrade) -> tuple[App, ...]:
        if wish.apps:
            return in_order(tuple(find_app(name).name for name in wish.apps))
        kept = await self._apps.kept()
        return tuple(app for app in CATALOG if app.name in kept or app.always_on)


def _planned(standing: AppHere, *, reinstall: bool) -> PlannedItem:
    will, sentence = _judged(standing, reinstall=reinstall)
    return PlannedItem(
        app=standing.app.name,
        services=tuple(service.name for service in standing.services),
        will=will,
        version=standing.version,
        available=standing.available,
        notes=standing.release.notes if standing.release else "",
        sentence=sentence,
    )


def _judged(standing: AppHere, *, reinstall: bool) -> tuple[Will, str]:
    version, available = standing.version or "an unknown version", standing.available
    if not standing.installed.present:
        return Will.SKIP, "It was not installed by `lab`, so there is nothing to renew."
    if not available:
        return Will.UPGRADE, "Which version is the newest could not be asked; `lab` finds out."
    if standing.has_update or not standing.version:
        return Will.UPGRADE, f"From {version} to {available}."
    if standing.installed.missing:
        return Will.REINSTALL, f"{', '.join(standing.installed.missing)} is missing."
    if reinstall:
        return Will.REINSTALL, f"{available} is built anew."
    if is_same(available, standing.version):
        return Will.SKIP, f"{version} is the newest."
    return Will.SKIP, f"{version} is newer than what is on offer, {available}."


def _sentence(due: Sequence[App], failed: Sequence[Check]) -> str:
    if not due:
        return "There is nothing to upgrade."
    if failed:
        return " ".join(check.says for check in failed)
    names = ", ".join(app.title for app in due)
    last = " The cockpit is away for some seconds at the end." if _has_own(due) else ""
    return f"{len(due)} app{'s' if len(due) > 1 else ''} would be upgraded: {names}.{last}"


def _has_own(due: Sequence[App]) -> bool:
    return bool(due) and due[-1] is CATALOG[-1]

"""Kills the cockpit at random points of upgrades: every job must end right or say that it did not.

`python -m tests.soak.kill_upgrades [ROUNDS] [SEED]` prints one line for each round, and how often
each ending was seen; exit status 1 when one was not true.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.cockpit_app.upgrading import Machine, item_of
from tests.preview_node import running_preview

APPS = ("hero_books", "hero_collab", "hero_memory", "hero_slides", "hero_whiteboard")
COCKPIT = "hero_cockpit"
SPANS_S = {
    "none": 9.0,
    "slow": 14.0,
    "build_fails": 3.0,
    "disk_full": 8.0,
    "wrong_version": 8.0,
    "does_not_start": 16.0,
    "dies_later": 15.0,
}
"""How an upgrade goes, and how long that takes: the kill comes at any moment of it."""


@dataclass(frozen=True, slots=True)
class Round:
    """One upgrade with its kills, and what came of it."""

    number: int
    app: str
    flaw: str
    kills_at_s: tuple[float, ...]
    state: str
    took_s: float
    lies: tuple[str, ...]
    """What was told and is not so."""

    def __str__(self) -> str:
        kills = ", ".join(f"{at:.2f}" for at in self.kills_at_s)
        verdict = "; ".join(self.lies) or "true"
        return (
            f"{self.number:>4}  {self.app:<16} {self.flaw:<15} killed at {kills:<13} "
            f"{self.state:<12} {self.took_s:>6.1f} s  {verdict}"
        )


def rounds(
    machine: Machine, count: int, seed: int, *, flaws: Sequence[str] = tuple(SPANS_S)
) -> Iterator[Round]:
    """Upgrade `count` times and kill the cockpit meanwhile; yield what came of each."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        app = COCKPIT if number % 6 == 0 else chance.choice(APPS)
        flaw = chance.choice(flaws)
        times = chance.choice((1, 1, 2))
        kills = sorted(chance.uniform(0.0, SPANS_S[flaw]) for _ in range(times))
        yield _round(machine, number, app, flaw, tuple(kills))


def _round(
    machine: Machine, number: int, app: str, flaw: str, kills_at_s: tuple[float, ...]
) -> Round:
    before, offered = machine.receipt(app)["version"], f"1.{number}.0"
    machine.lab("release", app, offered)
    machine.lab("rehearse", app, flaw)
    began = time.monotonic()
    job_id = machine.upgrade(app)
    for at_s in kills_at_s:
        time.sleep(max(0.0, began + at_s - time.monotonic()))
        machine.kill_cockpit()
    job = machine.ended(job_id)
    return Round(
        number=number,
        app=app,
        flaw=flaw,
        kills_at_s=kills_at_s,
        state=item_of(job, app)["state"],
        took_s=time.monotonic() - began,
        lies=tuple(_lies(machine, app, job["state"], item_of(job, app), before, offered)),
    )


def _lies(
    machine: Machine, app: str, whole: str, item: dict[str, str], before: str, offered: str
) -> Iterator[str]:
    """Compare what the job says of an app with the machine itself."""
    state, served = item["state"], machine.served(app)
    expected = {"done": offered, "rolled_back": before, "failed": before}.get(state)
    if expected is None:
        if not (state == "broken" and item["sentence"]):
            yield f"ended as {state}: {item['sentence']!r}"
        return
    if (whole == "done") != (state == "done"):
        yield f"the job says {whole}, its item {state}"
    if served != expected:
        yield f"says {state}, but {served or 'nothing'} serves and not {expected}"
    if machine.receipt(app)["version"] != expected:
        yield f"says {state}, but the receipt is that of {machine.receipt(app)['version']}"
    if not machine.is_whole(app):
        yield f"says {state}, but the files are not those of the receipt"


def main(arguments: list[str]) -> int:
    """Run the rounds and print them; return the exit status."""
    count = int(arguments[0]) if arguments else 50
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(10**6)
    print(f"{count} upgrades with a killed cockpit, seed {seed}")
    seen: Counter[str] = Counter()
    with running_preview() as node:
        for one in rounds(Machine(node), count, seed):
            print(one, flush=True)
            seen["not true" if one.lies else one.state] += 1
    print(", ".join(f"{number} {state}" for state, number in seen.most_common()))
    return 1 if seen["not true"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

import random

import pytest

from tests.cockpit_app.upgrading import Machine
from tests.preview_node import running_preview
from tests.soak.kill_upgrades import rounds

ROUNDS = 5
QUICK = ("none", "disk_full", "build_fails", "wrong_version")
"""The soak goes through the slow ones as well."""


@pytest.mark.timeout(240)
def test_an_upgrade_in_which_the_cockpit_is_killed_ends_right_or_says_that_it_did_not() -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # told by pytest when it fails
    with running_preview() as node:
        done = list(rounds(Machine(node), ROUNDS, seed, flaws=QUICK))
    print(*done, sep="\n")
    assert [str(one) for one in done if one.lies] == []
    assert all(one.state in {"done", "rolled_back", "failed"} for one in done)

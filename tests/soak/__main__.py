"""`make soak`: the long runs, one after the other; exit status 1 when one of them failed.

`make soak SOAK_ARGS=kills` or `SOAK_ARGS=answers` runs only one of them.
"""

import subprocess
import sys

RUNS = {
    "kills": ("tests.soak.kill_upgrades",),
    "answers": ("tests.soak.answers",),
}


def main() -> int:
    """Run what was asked for, all without a word."""
    wanted = sys.argv[1:] or list(RUNS)
    status = 0
    for name in wanted:
        print(f"== {name}", flush=True)
        status |= subprocess.run([sys.executable, "-m", *RUNS[name]]).returncode
    return int(bool(status))


if __name__ == "__main__":
    sys.exit(main())

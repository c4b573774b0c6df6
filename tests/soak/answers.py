"""The nightly run of the property tests: 100,000 answers of daemons, 10,000 restart storms.

`python -m tests.soak.answers [CASES]`; ends with pytest's own status.
"""

import os
import sys
import time

import pytest

CASES = 100_000
TARGETS = ("tests/services/test_any_answer.py", "tests/properties")


def main() -> int:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    os.environ["HERO_CASES"] = str(cases)
    began = time.monotonic()
    status = pytest.main([*TARGETS, "-q", "-p", "no:cacheprovider", "--timeout=0"])
    print(f"{cases} cases in {time.monotonic() - began:.0f} s")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())

"""Upgrades on a running preview, asked for over the cockpit's own socket and judged from outside:
by the files, by hero_proc, and by what the services themselves answer.
"""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.preview_node import PreviewNode, UnixHttp

AWAY = (OSError, http.client.HTTPException, ValueError)
"""What a call ends in while the cockpit is being restarted."""


class Machine:
    """A preview whose apps are upgraded."""

    def __init__(self, node: PreviewNode) -> None:
        self.node = node

    def lab(self, *words: str) -> None:
        """Run the preview's lab."""
        home = {**os.environ, "PATH_ROOT": str(self.node.home)}
        done = subprocess.run(
            [self.node.home / "bin" / "lab", *words],
            env=home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def call(self, operation: str, **params: Any) -> Any:
        """Carry an operation out; fails on an error."""
        return self.node.result("hero_cockpit", f"cockpit.{operation}", params)

    def upgrade(self, *apps: str, reinstall: bool = False) -> int:
        """Start an upgrade; return the number of the job."""
        return int(self.call("upgrade", apps=apps, reinstall=reinstall)["id"])

    def ended(self, job: int, *, within_s: float = 200.0) -> dict[str, Any]:
        """Follow a job to its end, over whatever restarts of the cockpit; return it."""
        deadline = time.monotonic() + within_s
        last: dict[str, Any] = {}
        while time.monotonic() < deadline:
            with contextlib.suppress(*AWAY):
                answer = self.node.rpc("hero_cockpit", "cockpit.get_job", {"job": job})
                last = answer.get("result", last)
                if last.get("ended_at"):
                    return last
            time.sleep(0.1)
        raise AssertionError(f"job {job} did not end within {within_s} s: {last}")

    def pid(self, service: str) -> int:
        """Return the process of a service as hero_proc tells it; 0 when none runs."""
        return int(self.node.service(service).get("pid") or 0)

    def kill_cockpit(self) -> None:
        """End the cockpit's process without a word."""
        if pid := self.pid("hero_cockpit"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def served(self, app: str, kind: str = "rpc") -> str:
        """Return the version that an app answers with on one of its sockets; empty when mute."""
        try:
            with contextlib.closing(UnixHttp(self.node.socket(f"{app}/{kind}.sock"), 5)) as link:
                link.request("GET", "/health")
                return str(json.loads(link.getresponse().read()).get("version", ""))
        except AWAY:
            return ""

    def receipt(self, app: str) -> dict[str, Any]:
        """Return what lab noted of an app; empty when there is no receipt."""
        try:
            path = self.node.home / "var" / "lab" / "receipts" / f"{app}.json"
            receipt: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        return receipt

    def is_whole(self, app: str) -> bool:
        """Tell whether the files of an app are those that its receipt names."""
        noted: dict[str, str] = self.receipt(app).get("binaries", {})
        folder = self.node.home / "bin"
        return bool(noted) and all(_digest(folder / name) == sum_ for name, sum_ in noted.items())

    def log(self, job: int, app: str) -> Sequence[tuple[datetime, str]]:
        """Return the lines of a job's log about one app."""
        lines = self.call("read_job_log", job=job, limit=5000)["lines"]
        return [
            (datetime.fromisoformat(line["at"]), line["text"])
            for line in lines
            if line["item"] == app
        ]


def item_of(job: dict[str, Any], app: str) -> dict[str, Any]:
    """Return the item of a job that is about one app."""
    return next(item for item in job["items"] if item["name"] == app)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

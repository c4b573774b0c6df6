"""Has hero_proc start or restart what `lab` installed, over its socket and with words for a no."""

import http.client
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.lab_build import LabError, say
from cockpit_app.preview.programs import Program
from cockpit_app.preview.unix_http import UnixConnection

TIMEOUT_S = 20.0


def set_going(home: Home, parts: Iterable[Program], action: str) -> None:
    """Have hero_proc `start` or `restart` each of `parts`; raises LabError."""
    for part in parts:
        _call(home.socket("hero_proc/rpc.sock"), f"service.{action}", {"name": part.name})
        say(f"{part.name}: {action} is under way.")


def _call(path: Path, method: str, params: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    connection = UnixConnection(path, timeout_s=TIMEOUT_S)
    try:
        connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LabError("hero_proc does not answer.") from error
    finally:
        connection.close()
    if "error" in answer:
        raise LabError(f"hero_proc says: {answer['error'].get('message', 'no')}")

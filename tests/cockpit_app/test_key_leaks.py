"""The hunt for leaked keys: values go into a running preview and are found nowhere outside its
store of secrets, raw, in Base64, URL-encoded or reversed, nor any eight characters of them.
"""

import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.preview_node import PreviewNode, UnixHttp, running_preview, until

PIECE = 8
ALPHABET = "bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789"
"""Without the letters of the words by which the stand-ins of providers know trouble."""
STARTS = {
    "OPENROUTER_API_KEY": "sk-or-",
    "GROQ_API_KEY": "gsk_",
    "OPENAI_API_KEY": "sk-proj-",
    "ANTHROPIC_API_KEY": "sk-ant-",
    "SAMBANOVA_API_KEY": "",
    "MOONSHOT_API_KEY": "sk-",
    "ALIBABA_API_KEY": "sk-",
    "USER_FORGE_TOKEN": "",
}
UNDONE = ("GROQ_API_KEY", "USER_FORGE_TOKEN")
FORWARDED = {"X-Forwarded-Host": "evil", "X-Hero-User": "mallory"}


@dataclass
class Hunt:
    """The values that were given away, and everything that came back."""

    node: PreviewNode
    random: list[str] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)

    def value(self, name: str, word: str = "") -> str:
        """Return a new value of a key; a word in it brings trouble at the stand-in."""
        own = "".join(secrets.choice(ALPHABET) for _ in range(32))
        self.random.append(own)
        return f"{STARTS[name]}{word}{own}"

    def call(self, method: str, headers: Mapping[str, str] | None = None, **params: Any) -> Any:
        """Call an operation over rpc.sock and keep what it answers."""
        request = {"jsonrpc": "2.0", "id": 1, "method": f"cockpit.{method}", "params": params}
        connection = UnixHttp(self.node.socket("hero_cockpit/rpc.sock"), timeout=60)
        with contextlib.closing(connection):
            sent = {"Content-Type": "application/json", **(headers or {})}
            connection.request("POST", "/rpc", json.dumps(request), sent)
            answer = connection.getresponse()
            text = str(answer.headers) + answer.read().decode()
        self.heard[f"{len(self.heard)} {method}"] = text
        return json.loads(text[text.index("{") :])

    def result(self, method: str, **params: Any) -> Any:
        answer = self.call(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    def command(self, *arguments: str, typed: str = "") -> int:
        """Run a command with a value at its standard input and keep what it prints."""
        environment = {**os.environ, "PATH_ROOT": str(self.node.home)}
        environment.pop("PATH_SOCKET", None)
        done = subprocess.run(
            [sys.executable, "-m", "cockpit_app", *arguments],
            input=f"{typed}\n",
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        self.heard[f"{len(self.heard)} {' '.join(arguments)}"] = done.stdout + done.stderr
        return done.returncode

    def leaks(self) -> dict[str, str]:
        """Return where pieces of values were found, with the first piece of each place."""
        pieces = {piece for own in self.random for piece in _pieces(own)}
        found = {}
        for place, text in self._places():
            for at in range(len(text) - PIECE + 1):
                if text[at : at + PIECE] in pieces:
                    found[place] = text[at : at + PIECE].decode()
                    break
        return found

    def _places(self) -> Iterator[tuple[str, bytes]]:
        for name, text in self.heard.items():
            yield name, text.encode()
        for path in _files(self.node.home):
            with contextlib.suppress(FileNotFoundError):
                yield str(path.relative_to(self.node.home)), path.read_bytes()
        yield "stderr of the preview", self.node.stderr.encode()
        for process in self.node.processes():
            for part in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    yield f"{process.pid} {part}", Path(f"/proc/{process.pid}/{part}").read_bytes()


def _files(home: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _pieces(own: str) -> Iterator[bytes]:
    """Yield every eight characters in a row of a value's random part, in each guise."""
    forms = [own, own[::-1], quote(own, safe="")]
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + own.encode()).decode().rstrip("=")
        forms += [code[4:-1], code[4:-1].replace("+", "-").replace("/", "_")]
    for form in forms:
        yield from (form[at : at + PIECE].encode() for at in range(len(form) - PIECE + 1))


@pytest.fixture(scope="module")
def hunt() -> Iterator[Hunt]:
    """Run a preview of its own, since the hunt fills its store of secrets."""
    with running_preview() as node:
        yield Hunt(node)


def _live(hunt: Hunt, name: str) -> None:
    """Lead one key through everything that can be done with it; the last value stays."""
    first, second = hunt.value(name), hunt.value(name)
    assert hunt.result("set_byok_key", name=name, value=f" {first}\n")["last_four"] == first[-4:]
    assert hunt.result("test_byok_key", name=name)["reason"] == "works"
    assert hunt.result("rotate_byok_key", name=name, value=second)["test"]["reason"] == "works"
    if name in UNDONE:  # each change of place restarts real services, which takes its time
        assert hunt.result("undo_byok_key", name=name)["key"]["last_four"] == first[-4:]
    refused = hunt.call("rotate_byok_key", name=name, value=hunt.value(name, "wrong"))
    assert refused["error"]["data"]["kind"] == "refused"


def _stumble(hunt: Hunt) -> None:
    """Give values away in every way that is an error."""
    groq = "GROQ_API_KEY"
    for given in (
        {"name": "OPENAI_API_KEY", "value": hunt.value(groq)},
        {"name": groq, "value": f"{hunt.value(groq)}\n{hunt.value(groq)}"},
        {"name": groq, "value": hunt.value(groq) * 200},
        {"name": groq, "value": [hunt.value(groq)]},
        {"name": groq, "value": hunt.value(groq), "extra": hunt.value(groq)},
        {"name": "NO_SUCH_KEY", "value": hunt.value(groq)},
    ):
        assert "error" in hunt.call("set_byok_key", **given)
    answer = hunt.call("set_byok_key", FORWARDED, name=groq, value=hunt.value(groq))
    assert answer["error"]["data"]["kind"] == "not_allowed"
    for _ in range(6):
        hunt.call("test_byok_key", name=groq, value=hunt.value(groq, "down"))


def _type(hunt: Hunt) -> None:
    """Set, list and rotate a key on the command line."""
    name = "SAMBANOVA_API_KEY"
    assert hunt.command("keys", "set", name, typed=hunt.value(name)) == 0
    assert hunt.command("keys", "list") == 0
    assert hunt.command("keys", "list", "--json") == 0
    assert hunt.command("keys", "rotate", name, typed=hunt.value(name, "wrong")) == 1
    assert hunt.command("keys", "set", "OPENAI_API_KEY", typed=hunt.value("GROQ_API_KEY")) == 1


def _tell(hunt: Hunt) -> None:
    """Write a report that holds a live key, and look at everything that is kept of the past."""
    token = hunt.value("USER_FORGE_TOKEN")
    hunt.result("set_byok_key", name="USER_FORGE_TOKEN", value=token)
    evidence = hunt.result("prepare_feedback")["text"]
    report = {"title": f"Key {token}", "body": token[::-1], "evidence": evidence + token[5:]}
    assert hunt.result("submit_feedback", **report)["filed"] is True
    hunt.result("get_byok_keys")
    hunt.result("search_audit", limit=500)
    hunt.result("read_time_line", limit=1000)
    hunt.result("system_info")
    for name in ("hero_cockpit", "hero_proc", "preview_outside"):
        hunt.call("read_logs", name=name, lines=10_000)


def _export(hunt: Hunt) -> None:
    """Export without a passphrase; the archive lies in the home, where it is searched."""
    job = hunt.result("export_home")["id"]
    ended = until(lambda: _ended(hunt, job), within_s=60, what="the export ended")
    assert ended == "done"
    (export, *_) = hunt.result("list_exports")["exports"]
    assert not export["holds_values"]


def _ended(hunt: Hunt, job: int) -> str | None:
    state: str = hunt.result("get_job", job=job)["state"]
    return None if state in {"running", "stopping"} else state


@pytest.mark.timeout(240)
def test_no_key_is_found_outside_the_store_of_secrets(hunt: Hunt) -> None:
    for name in STARTS:
        _live(hunt, name)
    _stumble(hunt)
    _type(hunt)
    _tell(hunt)
    _export(hunt)
    assert len(hunt.random) >= 20
    found = hunt.leaks()
    assert set(found) == {"var/preview/secrets.json"}


def test_the_hunt_finds_what_it_looks_for(hunt: Hunt) -> None:
    """The hunt itself is tried: a value that is planted is found in each guise."""
    own = "bcdfghjkmnpqrstvwxzBCDFGHJKMNPQR"
    planted = Hunt(hunt.node, [own], {})
    guises = [own[3:11], own[::-1], base64.b64encode(f"k={own};".encode()).decode()]
    planted.heard = {str(number): f"… {guise} …" for number, guise in enumerate(guises)}
    assert set(planted.leaks()) == {"0", "1", "2"}

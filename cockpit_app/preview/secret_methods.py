"""The `secret.*` methods of the preview's hero_proc: by context and key, in one private file.

A value is in that file and in the answer to whoever asks for it, and nowhere else.
Source: hero_proc reference, 1.4 and 3.7; which of these methods are offered is a matter of dialect.
"""

import asyncio
import json
import re
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.method import Method
from cockpit_app.preview.records import read_json, write_private
from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, Fault

NOT_FOUND, EXISTS, CONCEALED = -32000, -32007, -32012
MAX_VALUE_BYTES = 64 * 1024
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

Contexts = dict[str, dict[str, str]]


class SecretMethods:
    """Carries the methods out on the secrets of one home."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "secrets.json"
        self._changing = asyncio.Lock()

    def methods(self) -> list[Method]:
        """Return the group of methods."""
        return [
            Method("secret.get", self._get),
            Method("secret.find", self._find, usual=False),
            Method("secret.conceal", self._conceal, usual=False),
            Method("secret.set", self._set, acts=True),
            Method("secret.create", self._create, acts=True, usual=False),
            Method("secret.update", self._update, acts=True, usual=False),
            Method("secret.list", self._list),
            Method("secret.reveal", self._reveal, usual=False),
            Method("secret.delete", self._delete, acts=True),
        ]

    async def _get(self, context: str, key: str) -> str:
        """Return the value of a secret."""
        value = await self._find(context, key)
        if value is None:
            raise _absent(context, key)
        return value

    async def _find(self, context: str, key: str) -> str | None:
        """Return the value of a secret, or null when there is none."""
        _check(context, key)
        return (await self._read()).get(context, {}).get(key)

    async def _conceal(self, context: str, key: str) -> str:
        """Return the value of a secret to whoever may read it, which is nobody."""
        await self._get(context, key)
        raise Fault(CONCEALED, f"The secret {context}/{key} is set; it may not be read.")

    async def _set(self, context: str, key: str, value: str) -> dict[str, Any]:
        """Set a secret, whether it is there or not."""
        return await self._write(context, key, value)

    async def _create(self, context: str, key: str, value: str) -> dict[str, Any]:
        """Set a secret that is not there yet."""
        return await self._write(context, key, value, may_exist=False)

    async def _update(self, context: str, key: str, value: str) -> dict[str, Any]:
        """Set a secret that is there already."""
        return await self._write(context, key, value, may_be_absent=False)

    async def _list(self, context: str) -> list[str]:
        """Return the names of all secrets of a context."""
        _check(context)
        return sorted((await self._read()).get(context, {}))

    async def _reveal(self, context: str) -> list[dict[str, str]]:
        """Return all secrets of a context with their values."""
        _check(context)
        secrets = (await self._read()).get(context, {})
        return [{"key": key, "value": value} for key, value in sorted(secrets.items())]

    async def _delete(self, context: str, key: str) -> dict[str, Any]:
        """Forget a secret."""
        _check(context, key)
        async with self._changing:
            contexts = await self._read()
            if key not in contexts.get(context, {}):
                raise _absent(context, key)
            del contexts[context][key]
            await self._save(contexts)
        return {"ok": True, "context": context, "key": key}

    async def _write(
        self,
        context: str,
        key: str,
        value: str,
        *,
        may_exist: bool = True,
        may_be_absent: bool = True,
    ) -> dict[str, Any]:
        _check(context, key)
        if len(value.encode(errors="surrogatepass")) > MAX_VALUE_BYTES:
            raise Fault(INVALID_PARAMS, f"A secret holds at most {MAX_VALUE_BYTES} bytes.")
        async with self._changing:
            contexts = await self._read()
            secrets = contexts.setdefault(context, {})
            if key in secrets and not may_exist:
                raise Fault(EXISTS, f"The secret {context}/{key} already exists.")
            if key not in secrets and not may_be_absent:
                raise _absent(context, key)
            secrets[key] = value
            await self._save(contexts)
        return {"ok": True, "context": context, "key": key}

    async def _read(self) -> Contexts:
        contexts: Contexts = await asyncio.to_thread(read_json, self._path, {})
        return contexts

    async def _save(self, contexts: Contexts) -> None:
        await asyncio.to_thread(write_private, self._path, json.dumps(contexts).encode())


def _check(*words: str) -> None:
    for word in words:
        if not _WORD.fullmatch(word):
            raise Fault(
                INVALID_PARAMS,
                "Contexts and keys of secrets are 1 to 128 letters, digits, dots, hyphens and "
                "underscores, and begin with a letter, a digit or an underscore.",
            )


def _absent(context: str, key: str) -> Fault:
    return Fault(NOT_FOUND, f"There is no secret {context}/{key}.", {"name": key})

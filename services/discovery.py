"""Finds out how a daemon spells what we want: its own document first, then known aliases.

Source: hero_proc reference 6 and 7 (names, parameters and wrapping differ between versions).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import CockpitError, NotAllowed, Refused
from services.reply import INVALID_PARAMS, Answered, parse_json
from services.rpc import RpcClient

DISCOVERY_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to say an operation: the method, and how its only argument is passed."""

    method: str
    parameter: str = ""
    """Name of the parameter; empty when the operation takes none."""
    wrapped: bool = False
    """Whether the parameters travel inside `{"input": …}`."""

    def params(self, value: str | None) -> dict[str, Any]:
        """Return the parameters that carry `value`; None is no argument."""
        plain = {self.parameter: value} if value is not None and self.parameter else {}
        return {"input": plain} if self.wrapped else plain


class Vocabulary:
    """What one daemon understands; learned once per incarnation of its socket file."""

    def __init__(
        self,
        client: RpcClient,
        *,
        parameters: Sequence[str],
        openrpc_paths: Sequence[str] = ("/openrpc.json",),
    ) -> None:
        self._client = client
        self._parameters = tuple(parameters)
        self._openrpc_paths = tuple(openrpc_paths)
        self._mark: str | None = None
        self._documented: Mapping[str, Mapping[str, Any]] = {}
        self._learned: dict[tuple[str, ...], Spelling] = {}
        self._absent: set[tuple[str, ...]] = set()
        self._learning = asyncio.Lock()

    async def say(
        self,
        methods: Sequence[str],
        value: str | None = None,
        *,
        changes: bool = False,
        timeout_s: float = 15.0,
    ) -> Any:
        """Call the first of `methods` that the daemon knows, with `value` as its only argument.

        Raises NoSuchMethod when it knows none of them, and the five kinds otherwise.
        """
        async with self._learning:
            await self._learn_document()
        key = tuple(methods)
        if key in self._absent:
            raise NoSuchMethod(f"{self._client.daemon} knows none of {', '.join(key)}.")
        refused: Answered | None = None
        missing: set[str] = set()
        for spelling in self._spellings(key, value):
            if spelling.method in missing:
                continue
            try:
                result = await self._client.call(
                    spelling.method, spelling.params(value), changes=changes, timeout_s=timeout_s
                )
            except Answered as error:
                if error.no_such_method:
                    missing.add(spelling.method)
                elif self._may_be_spelt_otherwise(spelling, error):
                    refused = refused or error
                else:
                    self._learned[key] = spelling
                    raise
            else:
                self._learned[key] = spelling
                return result
        if refused is not None:
            raise refused
        self._absent.add(key)
        raise NoSuchMethod(f"{self._client.daemon} knows none of {', '.join(key)}.")

    def _may_be_spelt_otherwise(self, spelling: Spelling, error: Answered) -> bool:
        """Tell whether a refusal of parameters may be about their names, which were guessed."""
        return error.rpc_code == INVALID_PARAMS and spelling.method not in self._documented

    def _spellings(self, methods: tuple[str, ...], value: str | None) -> Iterable[Spelling]:
        """Yield the ways to try, the most likely first, each once."""
        tried: set[Spelling] = set()
        for spelling in self._candidates(methods, value):
            if spelling not in tried:
                tried.add(spelling)
                yield spelling

    def _candidates(self, methods: tuple[str, ...], value: str | None) -> Iterable[Spelling]:
        learned = self._learned.get(methods)
        if learned is not None:
            yield learned
        for method in methods:
            if method in self._documented:
                yield _documented(method, self._documented[method], self._parameters)
        for method in methods:
            for wrapped in (False, True):
                for parameter in self._parameters if value is not None else ("",):
                    yield Spelling(method, parameter, wrapped)

    async def _learn_document(self) -> None:
        mark = await self._client.mark()
        if mark is None or mark == self._mark:
            return
        self._documented = await self._read_document()
        self._mark, self._learned, self._absent = mark, {}, set()

    async def _read_document(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the daemon's methods; raises Unreachable when it does not answer at all."""
        for target in self._openrpc_paths:
            with suppress(CockpitError, ValueError):
                answer = await self._client.get(target, timeout_s=DISCOVERY_TIMEOUT_S)
                if methods := methods_of(parse_json(answer.body)):
                    return methods
        with suppress(Refused, NotAllowed, ValueError):
            found = await self._client.call("rpc.discover", timeout_s=DISCOVERY_TIMEOUT_S)
            return methods_of(parse_json(found.encode()) if isinstance(found, str) else found)
        return {}


class NoSuchMethod(Refused):
    """The daemon knows none of the names of an operation."""


def methods_of(document: object) -> Mapping[str, Mapping[str, Any]]:
    """Return the method objects of an OpenRPC document by name; nothing when it is none."""
    methods = document.get("methods") if isinstance(document, dict) else None
    if not isinstance(methods, list):
        return {}
    return {
        method["name"]: method
        for method in methods
        if isinstance(method, dict) and isinstance(method.get("name"), str)
    }


def _documented(method: str, described: Mapping[str, Any], known: Sequence[str]) -> Spelling:
    """Return the spelling that the daemon's document asks for."""
    names = _parameter_names(described.get("params"))
    if names == ["input"]:
        inner = _input_properties(described["params"][0])
        return Spelling(method, _first_known(known, inner), wrapped=True)
    return Spelling(method, _first_known(known, names))


def _first_known(known: Sequence[str], names: Sequence[str]) -> str:
    return next((name for name in known if name in names), known[0])


def _parameter_names(params: object) -> list[str]:
    if not isinstance(params, list):
        return []
    return [p["name"] for p in params if isinstance(p, dict) and isinstance(p.get("name"), str)]


def _input_properties(param: Mapping[str, Any]) -> list[str]:
    schema = param.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return [str(name) for name in properties] if isinstance(properties, dict) else []


def candidates(directory: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Return where a daemon's socket may be: each of `names` below the socket directory."""
    return tuple(directory / name for name in names)


def expected_sockets(directory: Path, service: str, kinds: Sequence[str]) -> tuple[Path, ...]:
    """Return the socket files that a service may have when nobody says which it declares.

    A service per binary (`X_server`, `X_web`, `X_admin`, `X_ui`) shares the directory of its app;
    the bare name has all kinds. Source: hero_proc reference 3.1 and 7.
    """
    app, suffix = split_name(service)
    if not is_safe_name(app):
        return ()
    wanted = {"": kinds, "server": ["rpc"]}.get(suffix, [suffix])
    return tuple(directory / app / f"{kind}.sock" for kind in wanted)


def split_name(service: str) -> tuple[str, str]:
    """Return the app of a service, and which part of it the service is (empty: all of it)."""
    for suffix in ("server", "admin", "web", "ui"):
        app = service.removesuffix(f"_{suffix}")
        if app and app != service:
            return app, suffix
    return service, ""


def is_safe_name(name: str) -> bool:
    """Tell whether `name` can be one part of a path without leading anywhere else."""
    return name not in {"", ".", ".."} and "/" not in name and name.isprintable()

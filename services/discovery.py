"""Finds out how a daemon spells what we want: its own document first, then known aliases.

Source: hero_proc reference 6 and 7 (names, parameters and wrapping differ between versions).
"""

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import CockpitError, NotAllowed, Refused
from services.reply import INVALID_PARAMS, Answered, parse_json
from services.rpc import RpcClient

DISCOVERY_TIMEOUT_S = 2.0
_WRAPPERS = ("", "input")
_MOST_NAMINGS = 40

_Key = tuple[tuple[str, ...], tuple[str, ...]]
"""Methods and first names of the arguments: what a spelling is learned for."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an operation: its value, and what a daemon may call it, likeliest first."""

    names: tuple[str, ...]
    value: Any
    optional: bool = False
    """Left out where the daemon's own document does not know it."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to say an operation: the method, and how its arguments are passed."""

    method: str
    names: tuple[str, ...] = ()
    """Name of each argument's parameter; an empty one is left out."""
    wrapper: str = ""
    """The parameter that the others travel inside, such as `input`; empty normally."""

    def params(self, arguments: Sequence[Argument]) -> dict[str, Any]:
        """Return the parameters that carry the values of `arguments`."""
        pairs = zip(self.names, arguments, strict=True)
        plain = {name: argument.value for name, argument in pairs if name}
        return {self.wrapper: plain} if self.wrapper else plain


class Vocabulary:
    """What one daemon understands; learned once per incarnation of its socket file."""

    def __init__(
        self,
        client: RpcClient,
        *,
        parameters: Sequence[str],
        openrpc_paths: Sequence[str] = ("/openrpc.json",),
    ) -> None:
        """Speak to `client`; `parameters` are the names of an operation's only argument."""
        self._client = client
        self._parameters = tuple(parameters)
        self._openrpc_paths = tuple(openrpc_paths)
        self._mark: str | None = None
        self._documented: Mapping[str, Mapping[str, Any]] = {}
        self._learned: dict[_Key, Spelling] = {}
        self._absent: set[_Key] = set()
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
        only = [] if value is None else [Argument(self._parameters, value)]
        return await self.say_with(methods, only, changes=changes, timeout_s=timeout_s)

    async def say_with(
        self,
        methods: Sequence[str],
        arguments: Sequence[Argument],
        *,
        changes: bool = False,
        timeout_s: float = 15.0,
        wrappers: Sequence[str] = _WRAPPERS,
    ) -> Any:
        """Call the first of `methods` that the daemon knows, with any number of arguments.

        `wrappers` are parameters that the arguments may travel inside. Raises like `say`.
        """
        async with self._learning:
            await self._learn_document()
        key = tuple(methods), tuple(argument.names[0] for argument in arguments)
        if key in self._absent:
            raise NoSuchMethod(f"{self._client.daemon} knows none of {', '.join(methods)}.")
        refused: Answered | None = None
        missing: set[str] = set()
        for spelling in self._spellings(key, arguments, wrappers):
            if spelling.method in missing:
                continue
            try:
                result = await self._client.call(
                    spelling.method,
                    spelling.params(arguments),
                    changes=changes,
                    timeout_s=timeout_s,
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
        raise NoSuchMethod(f"{self._client.daemon} knows none of {', '.join(methods)}.")

    async def accepts(self, methods: Sequence[str], parameters: Sequence[str]) -> bool | None:
        """Tell whether the daemon's document gives one of `methods` one of `parameters`.

        None when there is no document that describes any of the methods.
        """
        async with self._learning:
            await self._learn_document()
        described = [self._documented[method] for method in methods if method in self._documented]
        if not described:
            return None
        return any(set(parameters) & set(_all_names(method)) for method in described)

    def _may_be_spelt_otherwise(self, spelling: Spelling, error: Answered) -> bool:
        """Tell whether a refusal of parameters may be about their names, which were guessed."""
        return error.rpc_code == INVALID_PARAMS and spelling.method not in self._documented

    def _spellings(
        self, key: "_Key", arguments: Sequence[Argument], wrappers: Sequence[str]
    ) -> Iterable[Spelling]:
        """Yield the ways to try, the most likely first, each once."""
        tried: set[Spelling] = set()
        for spelling in self._candidates(key, arguments, wrappers):
            if spelling not in tried:
                tried.add(spelling)
                yield spelling

    def _candidates(
        self, key: "_Key", arguments: Sequence[Argument], wrappers: Sequence[str]
    ) -> Iterable[Spelling]:
        methods, _ = key
        learned = self._learned.get(key)
        if learned is not None:
            yield learned
        for method in methods:
            if method in self._documented:
                yield _documented(method, self._documented[method], arguments)
        for method in methods:
            for wrapper in wrappers:
                for names in _namings(arguments):
                    yield Spelling(method, names, wrapper)

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
                    self._client.speak_at(target.replace("openrpc.json", "rpc"))
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


def _documented(
    method: str, described: Mapping[str, Any], arguments: Sequence[Argument]
) -> Spelling:
    """Return the spelling that the daemon's document asks for."""
    names = _parameter_names(described.get("params"))
    wrapper = ""
    known = {name for argument in arguments for name in argument.names}
    if len(names) == 1 and not known & set(names):
        inner = _input_properties(described["params"][0])
        if inner or names == ["input"]:
            wrapper, names = names[0], inner
    return Spelling(method, tuple(_chosen(argument, names) for argument in arguments), wrapper)


def _chosen(argument: Argument, names: Sequence[str]) -> str:
    found = next((name for name in argument.names if name in names), None)
    return found or ("" if argument.optional else argument.names[0])


def _namings(arguments: Sequence[Argument]) -> Iterable[tuple[str, ...]]:
    """Yield the ways to name all arguments: those of one dialect first, then mixtures."""
    choices = [argument.names for argument in arguments]
    rows = zip(*choices, strict=False) if choices else [()]
    return itertools.islice(itertools.chain(rows, itertools.product(*choices)), _MOST_NAMINGS)


def _all_names(described: Mapping[str, Any]) -> list[str]:
    params = described.get("params")
    names = _parameter_names(params)
    inner = _input_properties(params[0]) if isinstance(params, list) and len(names) == 1 else []
    return [*names, *inner]


def _parameter_names(params: object) -> list[str]:
    if not isinstance(params, list):
        return []
    return [p["name"] for p in params if isinstance(p, dict) and isinstance(p.get("name"), str)]


def _input_properties(param: object) -> list[str]:
    schema = param.get("schema") if isinstance(param, dict) else None
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

"""Finds out how a daemon spells what we want: its own document first, then known aliases.

Source: hero_proc reference 6 and 7 (names, parameters and wrapping differ between versions).
"""

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from services.errors import CockpitError, NotAllowed, Refused
from services.wire.reply import INVALID_PARAMS, Answered, parse_json
from services.wire.rpc import RpcClient

DISCOVERY_TIMEOUT_S = 2.0
_WRAPPERS = ((), ("input",))
_MOST_NAMINGS = 40
_DEEPEST = 3

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
    inside: tuple[str, ...] = ()
    """Parameters that the others travel inside, outermost first, such as `input`."""

    def params(self, arguments: Sequence[Argument]) -> dict[str, Any]:
        """Return the parameters that carry the values of `arguments`."""
        pairs = zip(self.names, arguments, strict=True)
        params = {name: argument.value for name, argument in pairs if name}
        for wrapper in reversed(self.inside):
            params = {wrapper: params}
        return params


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
        wrappers: Sequence[tuple[str, ...]] = _WRAPPERS,
    ) -> Any:
        """Call the first of `methods` that the daemon knows, with any number of arguments.

        `wrappers` are parameters that the arguments may travel inside. Raises like `say`.
        """
        async with self._learning:
            await self._learn_document()
        key = _all_spelt(methods), tuple(argument.names[0] for argument in arguments)
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
        known = [method for method in _all_spelt(methods) if method in self._documented]
        described = [self._documented[method] for method in known]
        if not described:
            return None
        return any(set(parameters) & set(_all_names(method)) for method in described)

    def _may_be_spelt_otherwise(self, spelling: Spelling, error: Answered) -> bool:
        """Tell whether a refusal of parameters may be about their names, which were guessed."""
        return error.rpc_code == INVALID_PARAMS and spelling.method not in self._documented

    def _spellings(
        self, key: "_Key", arguments: Sequence[Argument], wrappers: Sequence[tuple[str, ...]]
    ) -> Iterable[Spelling]:
        """Yield the ways to try, the most likely first, each once."""
        tried: set[Spelling] = set()
        for spelling in self._candidates(key, arguments, wrappers):
            if spelling not in tried:
                tried.add(spelling)
                yield spelling

    def _candidates(
        self, key: "_Key", arguments: Sequence[Argument], wrappers: Sequence[tuple[str, ...]]
    ) -> Iterable[Spelling]:
        methods, _ = key
        learned = self._learned.get(key)
        if learned is not None:
            yield learned
        for method in methods:
            if method in self._documented:
                yield _documented(method, self._documented[method], arguments)
        for method in methods:
            for inside in wrappers:
                for names in _namings(arguments):
                    yield Spelling(method, names, inside)

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
    names, inside = _innermost(described, arguments)
    return Spelling(method, tuple(_chosen(argument, names) for argument in arguments), inside)


def _innermost(
    described: Mapping[str, Any], arguments: Sequence[Argument]
) -> tuple[list[str], tuple[str, ...]]:
    """Return the parameters that carry the arguments, and what they travel inside."""
    params = described.get("params")
    names = _parameter_names(params)
    schema = params[0].get("schema") if isinstance(params, list) and len(names) == 1 else None
    known = {name for argument in arguments for name in argument.names}
    inside: tuple[str, ...] = ()
    while len(names) == 1 and not known & set(names) and len(inside) < _DEEPEST:
        properties = _properties(schema)
        if not properties and names != ["input"]:
            break
        inside = (*inside, names[0])
        names, schema = list(properties), next(iter(properties.values()), None)
    return names, inside


def _chosen(argument: Argument, names: Sequence[str]) -> str:
    found = next((name for name in argument.names if name in names), None)
    return found or ("" if argument.optional else argument.names[0])


def _all_spelt(methods: Sequence[str]) -> tuple[str, ...]:
    """Return the methods, and after them each as the ancestor spelt it: `service_list`."""
    return tuple(dict.fromkeys((*methods, *(method.replace(".", "_") for method in methods))))


def _namings(arguments: Sequence[Argument]) -> Iterable[tuple[str, ...]]:
    """Yield the ways to name all arguments: those of one dialect first, then mixtures."""
    choices = [argument.names for argument in arguments]
    rows = zip(*choices, strict=False) if choices else [()]
    return itertools.islice(itertools.chain(rows, itertools.product(*choices)), _MOST_NAMINGS)


def _all_names(described: Mapping[str, Any]) -> list[str]:
    """Return the names of all parameters, those inside of others too."""
    names, _ = _innermost(described, ())
    return [*_parameter_names(described.get("params")), *names]


def _parameter_names(params: object) -> list[str]:
    if not isinstance(params, list):
        return []
    return [p["name"] for p in params if isinstance(p, dict) and isinstance(p.get("name"), str)]


def _properties(schema: object) -> Mapping[str, Any]:
    found = schema.get("properties") if isinstance(schema, dict) else None
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}

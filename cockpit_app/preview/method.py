"""One method of a daemon's JSON-RPC face: which parameters it takes, and how they are spelt.

What a method does is its handler's matter; what travels around it is `Wire`'s.
Source: hero_proc reference, 1.2 (named and positional parameters, wrapping).
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, get_args

from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, Fault, Params

Schema = dict[str, Any]
Handler = Callable[..., Awaitable[Any]]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


_KINDS: dict[Any, tuple[Schema, Callable[[Any], bool]]] = {
    # Not isinstance: True is no integer in JSON.
    str: ({"type": "string"}, lambda value: type(value) is str),
    int: ({"type": "integer"}, lambda value: type(value) is int),
    bool: ({"type": "boolean"}, lambda value: type(value) is bool),
    list[str]: ({"type": "array", "items": {"type": "string"}}, _is_texts),
    dict[str, str]: (
        {"type": "object", "additionalProperties": {"type": "string"}},
        _is_text_map,
    ),
}
"""What a parameter may be: its schema, and whether a value fits. Null fits `… | None` besides."""

_NUMBER_TEXT = (
    {"type": "string", "pattern": "^[0-9]{1,18}$"},
    lambda value: (
        isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19
    ),
)


def _kind(annotation: Any) -> tuple[Schema, Callable[[Any], bool]]:
    options = [option for option in get_args(annotation) if option is not NoneType]
    if NoneType not in get_args(annotation):
        return _KINDS[annotation]
    schema, fits = _KINDS[options[0]]
    return schema, lambda value: value is None or fits(value)


def _unshaped(result: Any) -> Any:
    return result


@dataclass(frozen=True, slots=True)
class Wire:
    """How one method's parameters and result travel; left alone, as the handler has them."""

    names: Mapping[str, str] = field(default_factory=dict)
    """What a parameter is called on the wire, where that is not its own name."""
    lacks: frozenset[str] = frozenset()
    """Parameters that are not offered."""
    as_text: frozenset[str] = frozenset()
    """Whole numbers that travel as text."""
    assumed: Mapping[str, Any] = field(default_factory=dict)
    """Values of parameters that are left out, where they are not the handler's own."""
    inside: tuple[str, ...] = ()
    """Objects around the parameters, the outermost first."""
    shape: Callable[[Any], Any] = _unshaped
    """Makes the result that travels from that of the handler."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a face; its parameters are the keyword arguments of `handler`."""

    name: str
    handler: Handler
    acts: bool = False
    """Whether it changes something and has nothing else to say."""
    usual: bool = True
    """Whether it is offered when no switch asks for it."""
    wire: Wire = field(default_factory=Wire)

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """Return the parameters that are offered, as the handler names them."""
        declared = inspect.signature(self.handler, eval_str=True).parameters.values()
        return [p for p in declared if p.name not in self.wire.lacks]

    async def call(self, params: Params) -> Any:
        """Carry it out; raises Fault for parameters that do not fit."""
        return self.wire.shape(await self.handler(**self._arguments(params)))

    def describe(self) -> dict[str, Any]:
        """Return its entry in the OpenRPC document."""
        return {
            "name": self.name,
            "summary": (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip("."),
            "paramStructure": "either",
            "params": self._described(),
            "result": {"name": "result", "schema": {}},
        }

    def _described(self) -> list[dict[str, Any]]:
        rows = [
            {
                "name": self._spelt(p),
                "required": p.default is p.empty,
                "schema": self._kind(p)[0],
            }
            for p in self.parameters
        ]
        if not rows:
            return []
        for name in reversed(self.wire.inside):
            schema = {
                "type": "object",
                "properties": {row["name"]: row["schema"] for row in rows},
                "required": [row["name"] for row in rows if row["required"]],
            }
            rows = [{"name": name, "required": True, "schema": schema}]
        return rows

    def _arguments(self, params: Params) -> dict[str, Any]:
        """Return the handler's arguments; raises Fault when `params` do not give them."""
        known = {self._spelt(p): p for p in self.parameters}
        given = self._unwrapped(params) if known or not self.wire.inside else {}
        if isinstance(given, list):
            if len(given) > len(known):
                raise Fault(INVALID_PARAMS, f"{self.name} takes {len(known)} parameters at most.")
            given = dict(zip(known, given, strict=False))
        if unknown := sorted(given.keys() - known.keys()):
            raise Fault(INVALID_PARAMS, f"{self.name} has no parameter {', '.join(unknown)}.")
        arguments = {known[name].name: value for name, value in given.items()}
        for parameter in known.values():
            self._check(parameter, arguments.get(parameter.name, parameter.default))
        texts = {name: int(arguments[name]) for name in self.wire.as_text & arguments.keys()}
        return {**self.wire.assumed, **arguments, **texts}

    def _unwrapped(self, params: Params) -> list[Any] | dict[str, Any]:
        given: Any = params or {}
        for name in self.wire.inside:
            if isinstance(given, list):
                given = {name: given[0]} if len(given) == 1 else {}
            given = given.get(name)
            if not isinstance(given, dict):
                raise Fault(INVALID_PARAMS, f"{self.name} needs the object {name}.")
        return given  # type: ignore[no-any-return] # parsed JSON: a list or an object by the above

    def _check(self, parameter: inspect.Parameter, value: Any) -> None:
        name = self._spelt(parameter)
        schema, fits = self._kind(parameter)
        if value is parameter.empty:
            raise Fault(INVALID_PARAMS, f"{self.name} needs the parameter {name}.")
        if value is not parameter.default and not fits(value):
            wanted = schema["type"]
            raise Fault(INVALID_PARAMS, f"The parameter {name} of {self.name} must be: {wanted}.")

    def _kind(self, parameter: inspect.Parameter) -> tuple[Schema, Callable[[Any], bool]]:
        return _NUMBER_TEXT if parameter.name in self.wire.as_text else _kind(parameter.annotation)

    def _spelt(self, parameter: inspect.Parameter) -> str:
        return self.wire.names.get(parameter.name, parameter.name)

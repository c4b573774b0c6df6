import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest

from services import handlers as handlers_package
from services.claims import Right
from services.operations import OPERATIONS
from services.params import read_params

PLACE = handlers_package.__path__


def handlers() -> list[type]:
    modules = [import_module(f"services.handlers.{m.name}") for m in iter_modules(PLACE)]
    return [kind for m in modules for name, kind in vars(m).items() if name.endswith("Handler")]


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_has_exactly_one_method_of_its_name_with_its_types(name: str) -> None:
    operation = OPERATIONS[name]
    (handler,) = [kind for kind in handlers() if hasattr(kind, operation.short)]
    signature = inspect.signature(getattr(handler, operation.short), eval_str=True)
    assert signature.parameters["params"].annotation is operation.params
    assert signature.return_annotation is operation.result


def test_no_handler_has_a_public_method_that_is_no_operation() -> None:
    known = {operation.short for operation in OPERATIONS.values()}
    for kind in handlers():
        public = {name for name in vars(kind) if not name.startswith("_")}
        assert public <= known | {"close"}, kind


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_audits_target_is_a_parameter_of_the_operation_or_a_property_of_them(
    name: str,
) -> None:
    operation = OPERATIONS[name]
    derived = getattr(operation.params, operation.target, None) if operation.target else None
    assert operation.target in ("", *operation.params.model_fields) or isinstance(derived, property)


def test_no_two_operations_share_a_command() -> None:
    commands = [operation.command for operation in OPERATIONS.values()]
    assert len(set(commands)) == len(commands)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_is_declared_whole(name: str) -> None:
    operation = OPERATIONS[name]
    assert name == operation.name == f"cockpit.{operation.short}"
    assert all(operation.command)
    assert operation.summary
    assert not operation.summary.endswith(".")
    assert read_params(operation.params, operation.example)
    assert operation.changes <= (operation.right is not Right.READ)

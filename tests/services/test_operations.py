import inspect

import pytest

from services.claims import Right
from services.cockpit import Cockpit
from services.operations import OPERATIONS
from services.params import read_params


def test_each_operation_has_a_method_of_its_name_with_its_types() -> None:
    for operation in OPERATIONS.values():
        signature = inspect.signature(getattr(Cockpit, operation.short), eval_str=True)
        assert signature.parameters["params"].annotation is operation.params, operation.name
        assert signature.return_annotation is operation.result, operation.name


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

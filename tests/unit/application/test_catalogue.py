"""What may be asked for is described."""

import pytest

from jobproc.application.catalogue import Described, DescribeOperations
from jobproc.domain.errors import NotFound
from tests.unit.application.memory import OPERATIONS, TYPES

DESCRIBE = DescribeOperations(OPERATIONS, TYPES)


def test_every_operation_is_described_by_name() -> None:
    described = DESCRIBE()
    assert [each.operation.name for each in described] == sorted(OPERATIONS)
    assert described[0] == DESCRIBE.named("add")


def test_an_operation_comes_with_the_schemas_of_its_data_and_its_result() -> None:
    add = OPERATIONS["add"]
    assert DESCRIBE.named("add") == Described(add, TYPES.schemas(add))


def test_an_unknown_operation_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"^There is no such operation\.$"):
        DESCRIBE.named("unheard_of")

"""What may be asked for: the operations and their types."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobproc.application.ports import OperationTypes, Schemas
from jobproc.domain.errors import NotFound
from jobproc.domain.operations import Operation, OperationRegistry


@dataclass(frozen=True, slots=True)
class Described:
    """An operation with the schemas of its data and of its result."""

    operation: Operation
    schemas: Schemas


@dataclass(frozen=True, slots=True)
class DescribeOperations:
    """Every operation by name, or one of them; unknown: `NotFound`."""

    operations: OperationRegistry
    types: OperationTypes

    def __call__(self) -> Sequence[Described]:
        return [self.named(name) for name in sorted(self.operations)]

    def named(self, name: str) -> Described:
        """The operation of that name."""
        if name not in self.operations:
            raise NotFound("There is no such operation.")
        operation = self.operations[name]
        return Described(operation, self.types.schemas(operation))

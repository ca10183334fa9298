"""Operations for tests: one gives everything back, one always raises."""

from typing import Any

from jobproc import operation


@operation
def echo(data: Any) -> Any:
    """Give back what came."""
    return data


@operation
def refuse(data: str) -> None:
    """Say no."""
    raise ValueError(data)

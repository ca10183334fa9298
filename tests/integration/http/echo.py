"""An operation that takes anything."""

from typing import Any

from jobproc import operation


@operation
def echo(data: Any) -> Any:
    """Give back what came."""
    return data

"""Durable, multi-user, observable jobs from plain Python functions."""

from jobproc.domain.operations import Context, operation

__all__ = ["Context", "operation"]

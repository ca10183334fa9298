"""Which field of a form a fault is told at."""

from jobproc.adapters.http.ui.fields import Field
from jobproc.domain.errors import Fault, InvalidInput, JobprocError

MOST_TOLD = 5


def by_field(field: Field, error: JobprocError) -> dict[str, list[str]]:
    """The faults as sentences, by the name of the field that holds the wrong value; "" for those that none does."""
    names = _names(field) | {f"/{name}" for name in OPTIONS}
    told: dict[str, list[str]] = {}
    for fault in error.faults if isinstance(error, InvalidInput) else ():
        name = _nearest(fault.pointer, names)
        sentences = told.setdefault(name, [])
        if len(sentences) < MOST_TOLD:
            sentences.append(_sentence(fault, name))
    return told


OPTIONS = ("priority", "delay_seconds", "timeout_seconds", "max_attempts", "tags")


def _names(field: Field) -> set[str]:
    return {field.pointer}.union(*(_names(each) for each in field.members))


def _nearest(pointer: str, names: set[str]) -> str:
    while pointer and pointer not in names:
        pointer = pointer.rpartition("/")[0]
    return pointer


def _sentence(fault: Fault, name: str) -> str:
    """With the place below the field, where there is one; people count from 1."""
    below = fault.pointer.removeprefix(name).lstrip("/")
    if not below:
        return fault.detail
    place = f"Number {int(below) + 1}" if below.isdecimal() else below
    return f"{place}: {fault.detail}"

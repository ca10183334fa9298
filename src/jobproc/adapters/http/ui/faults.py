"""Which field of a form a fault is told at."""

from collections.abc import Mapping

from jobproc.adapters.http.ui.fields import Field, Kind
from jobproc.domain.errors import Fault, InvalidInput, JobprocError

MOST_TOLD = 5
OPTIONS = {
    "/tags": "Tags",
    "/priority": "Priority",
    "/delay_seconds": "Delay",
    "/timeout_seconds": "Time limit",
    "/max_attempts": "Attempts",
}


def by_field(field: Field, error: JobprocError) -> dict[str, list[str]]:
    """The faults as sentences, by the name of the field that holds the wrong value; "" for those that none does."""
    fields = _fields(field)
    told: dict[str, list[str]] = {}
    for fault in error.faults if isinstance(error, InvalidInput) else ():
        name = _nearest(fault.pointer, fields.keys() | OPTIONS.keys())
        sentences = told.setdefault(name, [])
        if len(sentences) < MOST_TOLD:
            sentences.append(_sentence(fault, name, fields.get(name)))
    return told


def labels_of(field: Field) -> Mapping[str, str]:
    """What each field is called on the form, by its name."""
    return OPTIONS | {name: each.label for name, each in _fields(field).items()}


def _fields(field: Field) -> dict[str, Field]:
    fields = {field.pointer: field}
    for each in field.members:
        fields |= _fields(each)
    return fields


def _nearest(pointer: str, names: set[str]) -> str:
    while pointer and pointer not in names:
        pointer = pointer.rpartition("/")[0]
    return pointer


_ITEMS = {Kind.NUMBERS: "Number", Kind.LINES: "Line"}


def _sentence(fault: Fault, name: str, field: Field | None) -> str:
    """With the place below the field, where there is one; people count from 1."""
    below = fault.pointer.removeprefix(name).lstrip("/")
    if not below:
        return fault.detail
    item = _ITEMS.get(field.kind, "item") if field else "item"
    place = ", ".join(f"{item} {int(part) + 1}" if part.isdecimal() else part for part in below.split("/"))
    return f"{place[0].upper()}{place[1:]}: {fault.detail}" if field else f"{place}: {fault.detail}"

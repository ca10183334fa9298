"""A typed input, progress while it runs, and an error that its caller can act on."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from io import StringIO

from jobproc import Context, operation

ROWS_BETWEEN_REPORTS = 1000


@dataclass
class Table:
    """A table as CSV text with a header, and which of its columns matter."""

    csv: str
    group_by: str
    sum_of: str


@operation(
    timeout=60,
    examples=[{"csv": "city,sold\nBern,2\nBasel,3\nBern,5\n", "group_by": "city", "sum_of": "sold"}],
)
def sum_by_group(data: Table, context: Context) -> dict[str, float]:
    """Add up one column of a table for each value of another."""
    rows = list(csv.DictReader(StringIO(data.csv)))
    sums: dict[str, float] = defaultdict(float)
    for done, row in enumerate(rows, start=1):
        sums[row[data.group_by]] += _number(row[data.sum_of], done)
        if done % ROWS_BETWEEN_REPORTS == 0 or done == len(rows):
            context.progress(done, len(rows), f"{len(sums)} groups")
    return dict(sums)


def _number(text: str, row: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"row {row}: {text!r} is not a number") from None

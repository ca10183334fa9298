"""Numbers, and tables of them."""

from collections.abc import Sequence
from statistics import quantiles


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print it, the first column to the left, the others to the right."""
    lines = [(title, *columns), *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns) + 1)]
    for line in lines:
        first, *others = (
            f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join((first, *others)).rstrip(), flush=True)
    print()


def milliseconds(seconds: float) -> str:
    """With as many digits as mean something."""
    value = 1000 * seconds
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def times(ratio: float) -> str:
    """A ratio, as it is said."""
    return f"{ratio:.2f} ×"


def percentile(values: Sequence[float], share: int) -> float:
    """Of at least two values; `share` is in percent."""
    return quantiles(values, n=100, method="inclusive")[share - 1]

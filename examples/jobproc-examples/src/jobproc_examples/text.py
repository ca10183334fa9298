"""A typed result: its schema is published, and what does not fit it is never recorded."""

from collections import Counter
from dataclasses import dataclass

from jobproc import operation

MOST_FREQUENT = 3


@dataclass
class TextStatistics:
    """What there is to say of a text. `frequent` has the most frequent words first."""

    characters: int
    words: int
    lines: int
    frequent: list[str]


@operation(examples=["to be or not to be"])
def text_statistics(data: str) -> TextStatistics:
    """Count what a text has."""
    words = data.lower().split()
    frequent = [word for word, _ in Counter(words).most_common(MOST_FREQUENT)]
    return TextStatistics(len(data), len(words), len(data.splitlines()), frequent)

"""Lists of words in a tenth of the memory that a dictionary takes: numbers alone, and no text."""

from array import array
from collections.abc import Mapping


class RankedWords:
    """Of a dictionary of words and their ranks, what is asked: whether a word is in it, and at which rank.

    A word stands where its hash says, or at the next place that is free, and is known by that hash alone: that some
    other text has the same 64 bits is as good as impossible, and would only be taken for a common word.
    """

    def __init__(self, ranks: Mapping[str, int]) -> None:
        places = 1 << (2 * len(ranks)).bit_length()
        self._hashes = array("q", bytes(8 * places))
        self._ranks = array("H", bytes(2 * places))
        self._last = places - 1
        self._longest = max(map(len, ranks), default=0)
        for word, rank in ranks.items():
            place = self._place(word)
            self._hashes[place], self._ranks[place] = hash(word), rank

    def __contains__(self, word: str) -> bool:
        # Most of what is asked are parts of a password, and too long for any word.
        return len(word) <= self._longest and self._hashes[self._place(word)] != 0

    def __getitem__(self, word: str) -> int:
        return self._ranks[self._place(word)]

    def _place(self, word: str) -> int:
        """Where it is, or would be."""
        wanted, hashes, last = hash(word), self._hashes, self._last
        place = wanted & last
        while (found := hashes[place]) and found != wanted:
            place = (place + 1) & last
        return place

"""Objects of a long list, most of them short and alike, each read in little more than the time that its data take."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from jobproc.adapters.http.flat_lists import WORTHWHILE
from jobproc.adapters.http.json_rules import refusal
from jobproc.adapters.http.strict_json import Member, Scan, members_at, parse_object, scan_of, skip
from jobproc.domain.errors import InvalidInput

# To find out where something ends, numbers are not of interest, nor whether they can be one.
ENDS = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
# Most of what is read by itself ends within the first look.
LOOKS = (4096, 65_536)
# No list within it is long.
STRETCH = WORTHWHILE

# The members of an object, each with its own text; or the text of the one member in which it differs from the last
# object of which all members were given; or why it is refused.
Item = Mapping[str, Member] | str | InvalidInput


@dataclass(slots=True)
class ItemReader:
    """Reads one object after another, in the order of the text.

    Most are short, and hold nothing of what has to be looked for in each: they are read from a stretch of the text that
    was looked through once. Whoever sends many writes them in one way: what stands before and after the member
    `but_for` is most often what stood there the last time, and then means the same.
    """

    text: str
    but_for: str
    largest: int
    stretch: str = ""
    begin: int = 0
    scan: Scan | None = None
    around: tuple[str, str] | None = None

    def read(self, at: int) -> tuple[Item, int]:
        """The object that begins there, and where it ends.

        Not JSON: `json.JSONDecodeError`, with NUL: `NotJson`, nested too deeply to find its end: `RecursionError`.
        """
        found = self._in_stretch(at)
        if found is None and self._is_past(at):
            self.begin, self.stretch = at, self.text[at : at + STRETCH]
            self.scan = scan_of(self.stretch)
            found = self._in_stretch(at)
        return found or self._by_itself(at)

    def _is_past(self, at: int) -> bool:
        """Whether another stretch, from there on, may hold what this one does not."""
        return at > self.begin if self.scan else at >= self.begin + len(self.stretch)

    def _in_stretch(self, at: int) -> tuple[Item, int] | None:
        """None, when it is not all there, or there is something to refuse."""
        if self.scan is None:
            return None
        at -= self.begin
        try:
            item, end = self._alike(at, self.scan) or self._whole(at, self.scan)
        except (json.JSONDecodeError, InvalidInput, RecursionError):
            return None
        return (item, self.begin + end) if end - at <= self.largest else None

    def _alike(self, at: int, scan: Scan) -> tuple[str, int] | None:
        if self.around is None or not self.stretch.startswith(self.around[0], at):
            return None
        begin = skip(self.stretch, at + len(self.around[0]))
        _, end = scan(self.stretch, begin)
        if not self.stretch.startswith(self.around[1], end):
            return None
        return self.stretch[begin:end], end + len(self.around[1])

    def _whole(self, at: int, scan: Scan) -> tuple[Mapping[str, Member], int]:
        members, end = members_at(self.stretch, at, scan)
        one = members.get(self.but_for)
        if one is None:
            self.around = None
        else:
            before, after = self.stretch[at : one.at], self.stretch[one.at + len(one.text) : end]
            self.around = before.rstrip(), after
        return members, end

    def _by_itself(self, at: int) -> tuple[Item, int]:
        self.around = None
        end = self._end(at)
        if end - at > self.largest:
            return refusal("too_large", f"One of them has at most {self.largest} characters."), end
        try:
            return parse_object(self.text[at:end]), end
        except InvalidInput as error:
            return error, end

    def _end(self, at: int) -> int:
        """Where the value ends that begins there. Looks far only for what is long."""
        for look in (*LOOKS, self.largest + 1):
            window = self.text[at : at + look]
            try:
                _, end = ENDS.raw_decode(window)
            except json.JSONDecodeError:
                continue
            # At the very end it may be the first half of a number.
            if end < len(window):
                return at + end
        return ENDS.raw_decode(self.text, at)[1]

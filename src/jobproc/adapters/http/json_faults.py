"""Where in a refused text each fault stands.

The rules know no place, and the first fault ends the reading. What was refused is therefore read once more, with a mark
in each wrong place.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jobproc.adapters.http.json_rules import HALF_OF_A_PAIR, Rule, decoders, is_whole
from jobproc.domain.errors import Fault, InvalidInput, pointer_to

MOST_FAULTS = 100
# Lists, objects and strings: others wait meanwhile.
MOST_LOOKS = 20_000
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# Long lists are of these, and nothing can be wrong within them.
_PLAIN: frozenset[type] = frozenset({int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _Mark:
    fault: Fault


def faults_in(text: str) -> list[Fault]:
    """Up to 100 faults of a JSON text; none where only the whole is wrong, or they are too far to look."""
    value = decoders(_Marking().marking).of(text).decode(text)
    strings: frozenset[type] = frozenset() if SURROGATE.search(text) else frozenset({str})
    return list(islice(_faults(value, _PLAIN | strings), MOST_FAULTS))


@dataclass(slots=True)
class _Marking:
    """Puts marks in the place of what breaks a rule. More than anybody reads are not worth their time."""

    left: int = MOST_FAULTS

    def marking(self, rule: Rule[Any]) -> Rule[Any]:
        """The rule, without its refusals."""

        def read(given: Any) -> Any:
            if not self.left:
                return dict(given) if isinstance(given, list) else None
            try:
                return rule(given)
            except InvalidInput as error:
                self.left -= 1
                return _Mark(error.faults[0])

        return read


def _faults(whole: Any, plain: Collection[type]) -> Iterator[Fault]:
    """In the order of the text."""
    waiting = [("", whole)]
    for _ in range(MOST_LOOKS):
        if not waiting:
            return
        at, value = waiting.pop()
        match value:
            case _Mark(fault):
                yield _moved(fault, at)
            case str() if not is_whole(value):
                yield _moved(HALF_OF_A_PAIR, at)
            case list():
                waiting += _inside(enumerate(value), at, plain)
            case dict():
                # A pointer can hold such a name as little as a string can.
                members = [(name, each) for name, each in value.items() if str in plain or is_whole(name)]
                if len(members) < len(value):
                    yield _moved(HALF_OF_A_PAIR, at)
                waiting += _inside(members, at, plain)


def _inside(members: Iterable[tuple[object, Any]], at: str, plain: Collection[type]) -> list[tuple[str, Any]]:
    """The last one first: it waits longest."""
    complex = islice(((step, each) for step, each in members if type(each) not in plain), MOST_LOOKS)
    return [(at + pointer_to(step), each) for step, each in complex][::-1]


def _moved(fault: Fault, at: str) -> Fault:
    return Fault(at + fault.pointer, fault.code, fault.detail)

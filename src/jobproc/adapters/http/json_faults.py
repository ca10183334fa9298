"""Where in a refused text each fault stands.

The rules know no place, and the first fault ends the reading. What was refused is therefore read once more, with a mark
in every wrong place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jobproc.adapters.http.json_rules import HALF_OF_A_PAIR, Rule, decoders, is_whole
from jobproc.domain.errors import Fault, InvalidInput, pointer_to

MOST_FAULTS = 100
# Long lists are of these, and nothing is wrong with them.
_PLAIN = frozenset({int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _Mark:
    fault: Fault


def faults_in(text: str) -> list[Fault]:
    """Up to 100 faults of a JSON text; none where only the whole is wrong."""
    value = _MARKING.of(text).decode(text)
    return list(islice(_faults(value, ""), MOST_FAULTS))


def _marking(rule: Rule[Any]) -> Rule[Any]:
    def read(given: Any) -> Any:
        try:
            return rule(given)
        except InvalidInput as error:
            return _Mark(error.faults[0])

    return read


def _faults(value: Any, at: str) -> Iterator[Fault]:
    match value:
        case _Mark(fault):
            yield _moved(fault, at)
        case str() if not is_whole(value):
            yield _moved(HALF_OF_A_PAIR, at)
        case list():
            yield from _inside(enumerate(value), at)
        case dict():
            # A pointer can hold such a name as little as a string can.
            if not all(map(is_whole, value)):
                yield _moved(HALF_OF_A_PAIR, at)
            yield from _inside(((name, each) for name, each in value.items() if is_whole(name)), at)


def _inside(members: Iterable[tuple[object, Any]], at: str) -> Iterator[Fault]:
    for step, member in members:
        if type(member) not in _PLAIN:
            yield from _faults(member, at + pointer_to(step))


def _moved(fault: Fault, at: str) -> Fault:
    return Fault(at + fault.pointer, fault.code, fault.detail)


_MARKING = decoders(_marking)

"""Requests beyond a limit: each caller and kind is counted alone, and operators see who was stopped."""

from collections.abc import Mapping

import pytest

from jobproc.adapters.memory.rates import MemoryRateLimiter
from jobproc.application.rates import LimitRequests
from jobproc.domain.rates import Rate, Standing, Traffic
from tests.unit.application.memory import SeenEvents

pytestmark = pytest.mark.anyio
TWO = Rate(2, 60)


def limit(rates: Mapping[Traffic, Rate | None], sight: SeenEvents) -> LimitRequests:
    return LimitRequests(MemoryRateLimiter(lambda: 0.0), rates, sight)


async def test_a_request_beyond_the_limit_is_told_so_and_seen() -> None:
    sight = SeenEvents()
    ask = limit({Traffic.SUBMIT: TWO}, sight)
    for used in (1, 2):
        assert await ask(Traffic.SUBMIT, "ada") == Standing(TWO, used, 60)
    assert not sight.events
    beyond = await ask(Traffic.SUBMIT, "ada")
    assert beyond
    assert not beyond.is_allowed
    assert sight.events == [("request.limited", {"traffic": "submit"})]


async def test_each_caller_and_each_kind_of_request_is_counted_alone() -> None:
    ask = limit({Traffic.SUBMIT: TWO, Traffic.READ: TWO}, SeenEvents())
    asked = [(Traffic.SUBMIT, "ada"), (Traffic.SUBMIT, "bob"), (Traffic.READ, "ada")]
    assert [await ask(traffic, caller) for traffic, caller in asked] == [Standing(TWO, 1, 60)] * 3


async def test_a_kind_without_a_limit_is_not_counted() -> None:
    sight = SeenEvents()
    ask = limit({Traffic.READ: None}, sight)
    assert [await ask(Traffic.READ, "ada") for _ in range(9)] == [None] * 9
    assert not sight.events

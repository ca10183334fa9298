"""An operation that takes anything gets what JSON can say, and nothing else ends in an error of the server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving

pytestmark = pytest.mark.anyio

# Written as a client may write it, and as no other writer would.
TEXTS = [
    "1e22",
    "1.10",
    "-0",
    "-0.0",
    "1E-7",
    f"1{'0' * 999}",
    f"0.{'1' * 2000}",
    "[ 1 ,\t2\n]",
    '{"b":1, "a" : {}}',
    '"caf\\u00e9 ☕ \\ud83d\\ude00 \\/"',
    '"\\\\u0000"',
    "null",
]
BEYOND = {
    "three digits of exponent": "1e309",
    "two digits of exponent": f"{'9' * 299}e99",
    "a zero before the exponent": "1e0309",
    "no exponent": f"{'9' * 310}.0",
    "1001 digits": "9" * 1001,
}


@pytest.fixture
async def echoing(profile: Settings, anyio_backend: str) -> AsyncIterator[Service]:
    """A service with an operation that takes anything."""
    settings = profile.model_copy(update={"operations": "tests.integration.http.echo"})
    async with serving(settings) as running:
        yield running


async def send(service: Service, ada: Visitor, text: str) -> int:
    return (await service.send("/jobs", f'{{"data": {text} ,"operation":"echo"}}', ada)).status_code


async def test_the_list_repeats_data_in_the_words_of_its_sender(echoing: Service) -> None:
    ada = await echoing.register()
    for text in TEXTS:
        assert await send(echoing, ada, text) == 200, text
        assert f'"data":{text},"operation"' in (await ada.get("/jobsList/")).text


async def test_a_number_beyond_what_every_reader_can_hold_is_422(echoing: Service) -> None:
    ada = await echoing.register()
    for name, number in BEYOND.items():
        assert await send(echoing, ada, number) == 422, name
        assert await send(echoing, ada, f'{{"a":[-{number}]}}') == 422, name


async def test_what_goes_in_comes_out(echoing: Service) -> None:
    ada = await echoing.register()
    values: list[Any] = [None, True, 0, -1.5, 10**900, "ä\n😀", [], {}, {"": [{"a": None}]}]
    jobs = [await ada.submit(value, "echo") for value in values]
    assert [await ada.result(job) for job in jobs] == [
        {"status": "SUCCESS", "result": value} for value in values
    ]


async def test_at_every_depth_a_job_is_refused_or_runs_to_its_end(echoing: Service) -> None:
    ada = await echoing.register()
    accepted = {}
    for depth in (10, 190, 250, 500, 900, 950, 1000, 3000, 100_000):
        for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            answer = await echoing.send("/jobs", f'{{"operation":"echo","data":{text}}}', ada)
            assert answer.status_code in (200, 422), (depth, answer.text)
            if answer.status_code == 200:
                accepted[answer.json()["job_id"]] = json.loads(text)
    assert accepted
    for job, value in accepted.items():
        assert await ada.result(job) == {"status": "SUCCESS", "result": value}

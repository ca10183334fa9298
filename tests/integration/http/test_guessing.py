"""Nobody learns from a refused login whether there is a user of that name."""

import time

import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, serving

pytestmark = pytest.mark.anyio

ROUNDS = 30


async def guess(service: Service, path: str, name: str) -> tuple[float, int, bytes, list[str]]:
    """The seconds that a wrong password took, and what came back."""
    headers = {"X-Request-Id": "same"}
    started = time.perf_counter()
    answer = await service.client.post(
        path, json={"username": name, "password": "wrong-horse-9"}, headers=headers
    )
    return time.perf_counter() - started, answer.status_code, answer.content, list(answer.headers)


@pytest.mark.parametrize("path", ["/login", "/v1/auth/login"])
async def test_an_unknown_user_is_answered_as_a_wrong_password_is(memory: Settings, path: str) -> None:
    async with serving(memory, slots=0) as service:
        await service.register("ada")
        known, unknown, impossible = [
            (await guess(service, path, name))[1:] for name in ("ada", "bob", "n o b o d y")
        ]
        assert known == unknown == impossible
        assert known[0] == 401


async def test_neither_is_faster_than_the_other(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        await service.register("ada")
        times: dict[str, list[float]] = {"ada": [], "bob": []}
        for _ in range(ROUNDS):
            # By turns, so that whatever else the machine does befalls both.
            for name, taken in times.items():
                taken.append((await guess(service, "/login", name))[0])
    slower = sum(known > unknown for known in times["ada"] for unknown in times["bob"])
    # Mann-Whitney: 0.5 when there is no difference; so far from it by chance once in ten thousand runs.
    assert 0.2 < slower / ROUNDS**2 < 0.8

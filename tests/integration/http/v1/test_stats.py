"""`GET /v1/stats`."""

import pytest

from tests.integration.http.service import Service

pytestmark = pytest.mark.anyio


async def test_numbers_are_of_the_callers_jobs_alone(service: Service) -> None:
    ada, bob = await service.register("ada"), await service.register("bob")
    done = await ada.submit_v1()
    await ada.until(done["id"])
    await ada.submit_v1(delay_seconds=60)
    stats = (await ada.get("/v1/stats?window=15m")).json()
    assert set(stats) == {"counts", "finished", "wait", "run", "sample"}
    assert (stats["counts"]["SUCCESS"], stats["counts"]["SCHEDULED"], stats["sample"]) == (1, 1, 1)
    assert sum(stats["counts"].values()) == 2
    assert len(stats["finished"]) in (15, 16)
    assert sum(each["counts"]["SUCCESS"] for each in stats["finished"]) == 1
    assert all(each["at"].endswith(":00.000000Z") for each in stats["finished"])
    assert stats["run"]["p50"] == stats["run"]["p95"] >= 0
    assert stats["wait"]["p50"] >= 0
    theirs = (await bob.get("/v1/stats")).json()
    assert (sum(theirs["counts"].values()), theirs["sample"]) == (0, 0)
    assert theirs["wait"] == {"p50": None, "p95": None}
    assert len(theirs["finished"]) in (24, 25)


async def test_a_window_that_is_none_is_refused(idle_service: Service) -> None:
    ada = await idle_service.register()
    for window in ("1w", "100d", "0m", ""):
        answer = await ada.get(f"/v1/stats?window={window}")
        assert answer.status_code == 422, window
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/window"]
        assert "15m" in answer.json()["detail"]
    misspelt = await ada.get("/v1/stats?windw=15m")
    assert [error["pointer"] for error in misspelt.json()["errors"]] == ["/windw"]

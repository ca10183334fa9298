"""The package of examples, installed beside the service, runs as its pages say."""

import asyncio
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import Service, Visitor, serving

pytestmark = pytest.mark.anyio
PACKAGE = Path(__file__).parents[2] / "examples" / "jobproc-examples"


@pytest.fixture
async def service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> AsyncIterator[Service]:
    """The service with the examples installed, found by their entry points alone."""
    install(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with serving(Settings(profile=Profile.MEMORY)) as running:
        yield running


def install(folder: Path) -> None:
    """As `pip install --target` does, without an index to ask for what builds it."""
    for each in (PACKAGE / "src").iterdir():
        (folder / each.name).symlink_to(each)
    about = folder / "jobproc_examples-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: jobproc-examples\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(entry_points())


def entry_points() -> str:
    """Those that the package announces."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    [(group, found)] = project["entry-points"].items()
    return "\n".join([f"[{group}]", *(f"{name} = {module}" for name, module in found.items())])


async def run(visitor: Visitor, operation: str, data: Any) -> Any:
    job = await visitor.submit_v1(data, operation)
    return await visitor.until(job["id"], seconds=30)


async def test_every_example_of_the_examples_runs(service: Service) -> None:
    ada = await service.register()
    listed = (await ada.get("/v1/operations")).json()["items"]
    assert {each["name"] for each in listed} >= {"text_statistics", "sum_by_group", "count_primes"}
    for each in listed:
        assert each["examples"], each["name"]
        for data in each["examples"]:
            done = await run(ada, each["name"], data)
            assert done["status"] == "SUCCESS", done


async def test_a_text_gives_a_typed_result(service: Service) -> None:
    ada = await service.register()
    done = await run(ada, "text_statistics", "To be or\nnot to be")
    assert done["result"] == {"characters": 18, "words": 6, "lines": 2, "frequent": ["to", "be", "or"]}
    shown = (await ada.get("/v1/operations/text_statistics")).json()
    assert set(shown["output_schema"]["required"]) == set(done["result"])


async def test_a_table_is_added_up_with_progress_and_tells_which_row_is_wrong(service: Service) -> None:
    ada = await service.register()
    rows = "".join(f"{'ab'[number % 2]},{number}\n" for number in range(2000))
    table = {"csv": f"kind,count\n{rows}", "group_by": "kind", "sum_of": "count"}
    done = await run(ada, "sum_by_group", table)
    assert done["result"] == {"a": sum(range(0, 2000, 2)), "b": sum(range(1, 2000, 2))}
    assert done["progress"] == {"done": 2000, "total": 2000, "message": "2 groups"}
    wrong = await run(ada, "sum_by_group", table | {"csv": "kind,count\na,1\na,x\n"})
    assert (wrong["status"], wrong["error"]["message"]) == ("FAILED", "row 2: 'x' is not a number")


async def test_counting_primes_takes_long_and_can_be_cancelled(service: Service) -> None:
    ada = await service.register()
    assert (await run(ada, "count_primes", 100))["result"] == 25
    refused = await ada.post("/v1/jobs", {"operation": "count_primes", "data": 10**9})
    assert refused.status_code == 422
    job = (await ada.submit_v1(10**7, "count_primes"))["id"]
    async with asyncio.timeout(20):
        while not (await ada.get(f"/v1/jobs/{job}")).json()["progress"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    cancelled = (await ada.post(f"/v1/jobs/{job}/cancel")).json()
    assert (cancelled["status"], cancelled["result"]) == ("CANCELLED", None)
    # Both slots are free again.
    assert {(await run(ada, "count_primes", 10))["result"] for _ in range(3)} == {4}

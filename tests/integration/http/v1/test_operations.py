"""The catalogue of operations."""

from pathlib import Path

import pytest

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.domain.errors import ConfigurationError
from jobproc.domain.operations import operation
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, serving

pytestmark = pytest.mark.anyio

WORDS = '''
from jobproc import operation

@operation(name="text/count words", timeout=30, max_attempts=5, retry_on=(OSError,), examples=["é", "a b"])
def words(data: str) -> dict[str, int]:
    """Count the words.

    Words are what `split` gives.
    """
    return {word: data.split().count(word) for word in data.split()}
'''


async def test_the_catalogue_lists_every_operation_with_what_it_takes_and_gives(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    listed = (await ada.get("/v1/operations")).json()
    assert [each["name"] for each in listed["items"]] == ["cube_sum", "square_sum"]
    assert listed["items"][1] == {
        "name": "square_sum",
        "summary": "Sum the squares of a list of integers, exactly.",
        "description": "",
        "input_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "array",
            "items": {"type": "integer"},
        },
        "output_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "integer"},
        "limits": {"timeout_seconds": 300.0, "max_attempts": 3, "retry_on": []},
        "examples": [[1, 2, 3]],
    }
    for path in ("/v1/operations/square_sum", "/v1/operations/square_sum/"):
        assert (await ada.get(path)).json() == listed["items"][1]


async def test_an_operation_is_found_by_any_name(
    memory: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalogued_words.py").write_text(WORDS)
    monkeypatch.syspath_prepend(tmp_path)
    settings = memory.model_copy(update={"operations": "catalogued_words"})
    async with serving(settings, slots=0) as service:
        ada = await service.register()
        shown = (await ada.get("/v1/operations/text%2Fcount%20words")).json()
    assert (shown["summary"], shown["description"]) == ("Count the words.", "Words are what `split` gives.")
    assert shown["limits"] == {"timeout_seconds": 30.0, "max_attempts": 5, "retry_on": ["OSError"]}
    assert shown["examples"] == ["é", "a b"]
    assert shown["output_schema"]["additionalProperties"] == {"type": "integer"}


async def test_an_unknown_operation_is_404_and_the_catalogue_is_for_users(idle_service: Service) -> None:
    ada = await idle_service.register()
    assert (await ada.get("/v1/operations/nope")).status_code == 404
    assert (await idle_service.client.get("/v1/operations")).status_code == 401


def test_an_example_that_does_not_fit_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unfit_words.py").write_text(WORDS.replace('"a b"', "7"))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r"'text/count words': the example 7 does not fit: .*string"):
        load_operations(["unfit_words"], PydanticTypes())


def test_an_example_that_is_no_json_is_refused_where_it_is_given() -> None:
    with pytest.raises(ConfigurationError, match="an example is not JSON"):

        @operation(examples=[{1, 2}])
        def unfit(data: list[int]) -> int:
            return len(data)

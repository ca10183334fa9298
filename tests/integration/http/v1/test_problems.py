"""Whatever is refused below `/v1` is a problem document, and each type of problem is explained."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import jobproc
from jobproc.adapters.http.problems import MEDIA_TYPE, PROBLEMS
from jobproc.entrypoints.container import adapters_for
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import JSON, PASSWORD, Service, serving

pytestmark = pytest.mark.anyio
NOWHERE = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"
# What processes refuse at their start and workers of an operation: no request meets it.
NOT_OVER_HTTP = {"error", "configuration", "embedded-server", "invalid-result", "unstorable"}


def codes_in_the_source() -> Iterator[str]:
    source = Path(jobproc.__file__).parent
    for file in source.rglob("*.py"):
        # The client has codes of its own for what it never got an answer to.
        if file.is_relative_to(source / "client"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.keyword(arg="code", value=ast.Constant(value=str() as code)):
                    yield code
                case ast.ClassDef(body=body):
                    yield from codes_of_a_class(body)


def codes_of_a_class(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str() as code))
                | ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str() as code))
            ):
                yield code


def test_every_code_that_may_be_raised_is_explained() -> None:
    raised = set(codes_in_the_source())
    assert {"username-taken", "not-json", "illegal-transition"} <= raised
    assert raised - NOT_OVER_HTTP <= set(PROBLEMS)


async def test_each_type_opens_as_a_page(idle_service: Service) -> None:
    for code in PROBLEMS:
        page = await idle_service.client.get(f"/problems/{code}")
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert code in page.text


async def test_an_unknown_type_is_404(idle_service: Service) -> None:
    assert (await idle_service.client.get("/problems/<script>")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "code"),
    [
        ("POST", "/v1/jobs", b"{", JSON, "not-json"),
        ("POST", "/v1/jobs", b'{"a":"\\u0000"}', JSON, "not-json"),
        ("POST", "/v1/auth/login", b"{}", JSON, "invalid-input"),
        ("POST", "/v1/jobs", b"a=b", {"Content-Type": "text/plain"}, "unsupported-media-type"),
        ("POST", "/v1/jobs", b"{}", JSON | {"Content-Encoding": "gzip"}, "unsupported-media-type"),
        ("POST", "/v1/jobs", b'"' + b"x" * 2**20 + b'"', JSON, "too-large"),
        ("GET", f"/v1/jobs/{NOWHERE}", b"", {}, "not-found"),
        ("GET", f"/v1/jobs/{NOWHERE}/events", b"", {}, "not-found"),
        ("GET", f"/v1/jobs/{NOWHERE}/result", b"", {}, "not-found"),
        ("POST", f"/v1/jobs/{NOWHERE}/cancel", b"", {}, "not-found"),
        ("POST", f"/v1/jobs/{NOWHERE}/retry", b"", {}, "not-found"),
        ("GET", "/v1/jobs/x", b"", {}, "invalid-input"),
        ("GET", "/v1/nothing", b"", {}, "not-found"),
        ("PATCH", "/v1/jobs", b"", {}, "method-not-allowed"),
    ],
)
async def test_a_refusal_is_a_problem_document(
    idle_service: Service, method: str, path: str, body: bytes, headers: dict[str, str], code: str
) -> None:
    ada = await idle_service.register()
    answer = await idle_service.client.request(method, path, content=body, headers=ada.headers | headers)
    expect_problem(answer, code)


async def test_without_a_token_nothing_is_told(idle_service: Service) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = await idle_service.client.get("/v1/jobs/x", headers=headers)
        expect_problem(answer, "not-authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_wrong_method_is_told_all_the_right_ones(idle_service: Service) -> None:
    answer = await idle_service.client.put(f"/v1/jobs/{NOWHERE}/cancel")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


async def test_what_nobody_foresaw_is_a_problem_without_its_words(memory: Settings) -> None:
    adapters = adapters_for(memory)
    adapters.jobs.override(Broken())
    async with serving(memory, adapters, slots=0) as service:
        ada = await service.register()
        answer = await ada.get(f"/v1/jobs/{NOWHERE}", x_request_id="looking")
        expect_problem(answer, "internal-error")
        assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == "looking"
        assert "secret" not in answer.text
        seed = await ada.get(f"/jobs/{NOWHERE}/status")
        assert (seed.status_code, seed.json()) == (500, {"detail": "Internal Server Error"})


async def test_what_nobody_foresaw_on_the_short_way_is_a_problem_as_well(memory: Settings) -> None:
    adapters = adapters_for(memory)
    adapters.jobs.override(Broken())
    async with serving(memory, adapters, slots=0) as service:
        ada = await service.register()
        submitted = await ada.post("/v1/jobs", {"operation": "square_sum", "data": [1]})
        expect_problem(submitted, "internal-error")
        asked = await ada.get(f"/jobs/{NOWHERE}/result")
        assert (asked.status_code, asked.json()) == (500, {"detail": "Internal Server Error"})
        for answer in (submitted, asked):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Request-Id"]


async def test_every_answer_names_its_request(idle_service: Service) -> None:
    for path in ("/livez", "/v1/nothing", "/docs", "/jobs/x/status"):
        given = await idle_service.client.get(path, headers={"X-Request-Id": "a-Z.0_9"})
        assert given.headers["X-Request-Id"] == "a-Z.0_9"
        names = [(await idle_service.client.get(path)).headers["X-Request-Id"] for _ in range(2)]
        assert len(set(names)) == 2


@pytest.mark.parametrize("wrong", ["", "x" * 129, "with space", 'quote"', "ümlaut", "a\tb"])
async def test_a_name_that_could_forge_a_line_is_not_taken_over(idle_service: Service, wrong: str) -> None:
    headers = [(b"x-request-id", wrong.encode("latin-1"))]
    answer = await idle_service.client.get("/livez", headers=headers)
    assert answer.headers["X-Request-Id"] != wrong


async def test_accounts_answer_as_the_other_calls_do(idle_service: Service) -> None:
    ada = {"username": "Ada", "password": PASSWORD}
    made = await idle_service.client.post("/v1/auth/register", json=ada)
    assert made.status_code == 201
    assert {"user", "access_token", "token_type", "expires_in"} <= set(made.json())
    assert made.json()["user"]["username"] == "ada"
    assert UUID(made.json()["user"]["id"]).version == 7
    expect_problem(await idle_service.client.post("/v1/auth/register", json=ada), "username-taken")
    opened = await idle_service.client.post("/v1/auth/login", json=ada)
    assert (opened.status_code, opened.json()["user"]) == (200, made.json()["user"])
    wrong = await idle_service.client.post("/v1/auth/login", json=ada | {"password": "wrong-horse-9"})
    expect_problem(wrong, "invalid-credentials")


async def test_every_declared_problem_names_the_shape_of_problems(idle_service: Service) -> None:
    description = (await idle_service.client.get("/openapi.json")).json()
    assert {"type", "title", "status", "detail", "code"} <= set(
        description["components"]["schemas"]["Problem"]["required"]
    )
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                if path.startswith("/v1") and int(status) >= 400:
                    assert set(answer["content"]) == {MEDIA_TYPE}, (method, path, status)


def expect_problem(answer: Any, code: str) -> None:
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    problem = answer.json()
    assert answer.status_code == problem["status"] == PROBLEMS[code].status, problem
    assert (problem["code"], problem["type"]) == (code, f"/problems/{code}")
    assert problem["title"] == PROBLEMS[code].title
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert ("errors" in problem) is (problem["status"] == 422)


class Broken:
    """A store with a mistake in it."""

    async def get(self, owner: UUID, ids: Sequence[UUID]) -> None:
        """Fail with words that are for the log only."""
        raise RuntimeError("secret")

    async def add(self, jobs: Sequence[object]) -> None:
        """Fail as well."""
        raise RuntimeError("secret")

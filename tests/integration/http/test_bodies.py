"""Bodies that are not what they should be: the right refusal, and never an echo."""

from collections.abc import AsyncIterator, Iterator

import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import JSON, Service, Visitor, serving

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"


def job(data: str, rest: str = "") -> str:
    return f'{{"operation":"square_sum","data":{data}{rest}}}'


NOT_JSON = {
    "empty": b"",
    "half": b'{"data":[1',
    "a trailing comma": b'{"data":[1,],"operation":"square_sum"}',
    "single quotes": b"{'data':[1]}",
    "something behind": b"{} {}",
    "bad UTF-8": b'{"data":"\xff"}',
    "UTF-16": '{"data":[1]}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw NUL": b'{"data":"\x00"}',
    "a written NUL": b'{"data":["\\u0000"],"operation":"square_sum"}',
    "a NUL in a name": b'{"data":{"\\u0000":1},"operation":"square_sum"}',
    "a raw line feed in a string": b'{"data":"\n"}',
    "a number with a leading zero": b'{"data":[01]}',
    "a name without quotes": b"{data:[1]}",
}
REFUSED = {
    "NaN": job("[NaN]"),
    "Infinity": job("[-Infinity]"),
    "a float out of range": job("[1e400]"),
    "a negative float out of range": job("[-1E+4000]"),
    "a member twice": job("[1]", ',"data":[2]'),
    "a member twice further down": job('{"a":1,"a":2}'),
    "half of a surrogate pair": job('["\\ud800"]'),
    "half of a pair in a name": job('{"\\udfff":1}'),
    "1001 digits": job(f"[{'9' * 1001}]"),
    "5000 digits": job(f"[-{'9' * 5000}]"),
    "9000 levels": job("[" * 9000 + "]" * 9000),
    "text for a number": job(f'["{CANARY}"]'),
    "a boolean for a number": job("[true]"),
    "a float for an integer": job("[1.0]"),
    "null for a number": job("[null]"),
    "no list": job(f'{{"{CANARY}":1}}'),
    "an unknown member": job("[1]", f',"owner":"{CANARY}"'),
    "thousands of members": job("[1]", "".join(f',"x{number}":1' for number in range(1500))),
    "a status of its own": job("[1]", ',"status":"SUCCESS"'),
    "no data": '{"operation":"square_sum"}',
    "no operation": '{"data":[1]}',
    "an operation that is no text": '{"data":[1],"operation":1}',
    "a list": "[]",
    "a text": f'"{CANARY}"',
    "null": "null",
}
WRONG_CREDENTIALS = {
    "a short name": '{"username":"ab","password":"correct-horse-9"}',
    "a name with a space": '{"username":"a canary-7f3a","password":"correct-horse-9"}',
    "a short password": '{"username":"ada","password":"canary"}',
    "a long password": f'{{"username":"ada","password":"{"canary-7f3a" * 100}"}}',
    "a password that is a number": '{"username":"ada","password":12345678}',
    "no password": '{"username":"ada"}',
    "an unknown member": '{"username":"ada","password":"canary-7f3a","admin":true}',
}


@pytest.fixture
async def small(memory: Settings, anyio_backend: str) -> AsyncIterator[Service]:
    """A service that takes bodies of up to 20,000 bytes."""
    settings = memory.model_copy(update={"max_body_bytes": 20_000})
    async with serving(settings, slots=0) as running:
        yield running


@pytest.fixture
async def ada(small: Service) -> Visitor:
    """Somebody with a token."""
    return await small.register()


@pytest.mark.parametrize("name", NOT_JSON)
async def test_what_is_not_json_is_400(small: Service, ada: Visitor, name: str) -> None:
    answer = await small.send("/jobs", NOT_JSON[name], ada)
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("name", REFUSED)
async def test_json_with_wrong_values_is_422_with_their_places(
    small: Service, ada: Visitor, name: str
) -> None:
    answer = await small.send("/jobs", REFUSED[name], ada)
    assert answer.status_code == 422
    _is_a_list_of_faults(answer.json())
    assert f'"{CANARY}"' not in answer.text.replace(f'["body","data","{CANARY}"', "")


@pytest.mark.parametrize("name", WRONG_CREDENTIALS)
async def test_wrong_credentials_are_422_and_never_repeated(small: Service, name: str) -> None:
    answer = await small.send("/register", WRONG_CREDENTIALS[name])
    assert answer.status_code == 422
    _is_a_list_of_faults(answer.json())
    assert "canary" not in answer.text


async def test_a_fault_says_where_it_is(small: Service, ada: Visitor) -> None:
    answer = await small.send("/jobs", job('[1,"2",true]'), ada)
    assert [fault["loc"] for fault in answer.json()["detail"]] == [["body", "data", 1], ["body", "data", 2]]


@pytest.mark.parametrize(
    "name",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/json; charset=latin-1",
        "text/plain; charset*=utf-8''a; charset*0=b",
        "application/json; charset*=utf-8''a; charset*0=b",
        pytest.param(f"application/json; charset*{'1' * 5000}=x", id="part of a large number"),
    ],
)
async def test_a_body_that_is_not_json_by_its_type_is_415(small: Service, ada: Visitor, name: str) -> None:
    answer = await small.client.post(
        "/jobs", content=job("[1]"), headers=ada.headers | {"Content-Type": name}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "name",
    [
        "application/json; charset=utf-8",
        'Application/JSON; charset="UTF-8"',
        "application/json;charset=utf8",
    ],
)
async def test_every_spelling_of_json_is_taken(small: Service, ada: Visitor, name: str) -> None:
    answer = await small.client.post(
        "/jobs", content=job("[1]"), headers=ada.headers | {"Content-Type": name}
    )
    assert answer.status_code == 200


async def test_a_compressed_body_is_415(small: Service, ada: Visitor) -> None:
    headers = ada.headers | JSON | {"Content-Encoding": "gzip"}
    assert (await small.client.post("/jobs", content=b"\x1f\x8b", headers=headers)).status_code == 415


async def test_a_body_that_says_to_be_too_large_is_413(small: Service, ada: Visitor) -> None:
    answer = await small.send("/jobs", job(f"[{'1,' * 10_000}1]"), ada)
    assert answer.status_code == 413
    assert answer.json() == {"detail": "The body is larger than 20000 bytes."}


async def test_a_body_that_grows_too_large_on_its_way_is_the_same_413(small: Service, ada: Visitor) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(1000):
            yield b" " * 1000

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    answer = await small.client.post("/jobs", content=stream(), headers=ada.headers | JSON)
    assert answer.status_code == 413
    assert answer.json() == {"detail": "The body is larger than 20000 bytes."}


async def test_who_is_nobody_is_told_so_before_the_body_is_looked_at(small: Service) -> None:
    assert (await small.send("/jobs", b"not json")).status_code == 401


def _is_a_list_of_faults(body: dict[str, object]) -> None:
    assert set(body) == {"detail"}
    faults = body["detail"]
    assert isinstance(faults, list)
    assert faults
    for fault in faults:
        assert set(fault) == {"loc", "msg", "type"}
        assert fault["loc"][0] == "body"

"""Whatever bytes, types or ids are sent: the answer is a refusal in the one shape, never an error of the server."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import JSON, UNLIMITED, Service, Visitor, serving
from tests.servers import run

PIECES = [
    *('{"operation":"square_sum",', '"data":', '"username":', '"password":', '"a":', "[", "]", "{", "}"),
    *(
        ",",
        ":",
        '"',
        "\\",
        "1",
        "-",
        "e9",
        "1e999",
        "NaN",
        "null",
        "true",
        "\\u0000",
        "\\ud800",
        "\0",
        "\xff",
    ),
]
bodies = st.lists(st.sampled_from(PIECES), max_size=12).map(lambda some: "".join(some).encode("latin-1"))
kinds = st.sampled_from(["application/json", "application/json; charset=UTF-8"]) | st.text(
    st.characters(min_codepoint=32, max_codepoint=255), max_size=30
)
sendings = st.tuples(
    st.sampled_from(["/register", "/login", "/jobs"]), kinds, bodies | st.binary(max_size=40)
)
# A client resolves "." and ".." before it sends anything.
ids = st.text(st.characters(codec="utf-8", exclude_characters="/."), min_size=1, max_size=50)


def with_ada(asking: Callable[[Service, Visitor], Awaitable[None]]) -> None:
    async def ask() -> None:
        async with serving(Settings(profile=Profile.MEMORY, **UNLIMITED), slots=0) as service:
            await asking(service, await service.register())

    run(ask())


@settings(max_examples=15)
@given(st.lists(sendings, min_size=40, max_size=40))
def test_no_body_is_an_error_of_the_server(sent: list[tuple[str, str, bytes]]) -> None:
    async def asking(service: Service, ada: Visitor) -> None:
        for path, kind, body in sent:
            headers = JSON | ada.headers | {"Content-Type": kind}
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await service.client.post(path, content=body, headers=raw)
            assert answer.status_code in (400, 415, 422), (path, kind, body)
            assert set(answer.json()) == {"detail"}

    with_ada(asking)


@settings(max_examples=15)
@given(st.lists(ids, min_size=40, max_size=40))
def test_no_id_is_an_error_of_the_server(asked: list[str]) -> None:
    async def asking(_: Service, ada: Visitor) -> None:
        for id in asked:
            answer = await ada.get(f"/jobs/{quote(id, safe='')}/status")
            assert (answer.status_code, answer.content) == (404, b'{"detail":"Job not found"}'), id

    with_ada(asking)

"""A token opens the door only while it is whole, in time and of a key that the service holds."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import jwt
import pytest

from jobproc.adapters.security.tokens import CLAIMS, JwtTokens
from jobproc.domain.sessions import Identity
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Service, Visitor, serving

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
SECRET = "k" * 32
HEADER = {"kid": "test", "typ": "at+jwt"}


async def identity_of(service: Service) -> Identity:
    ada = await service.register()
    return await service.application.authenticate(ada.token)


async def ask(service: Service, token: str, path: str = "/jobsList/") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "same"}
    return await service.client.get(path, headers=headers)


async def is_refused(service: Service, token: str) -> None:
    answer = await ask(service, token)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "Invalid token"}


def forgeries(good: Mapping[str, Any], refresh_token: str) -> dict[str, str]:
    """Everything that is nearly the token of these claims."""

    def forged(key: str = SECRET, algorithm: str = "HS256", header: Any = None, **changes: Any) -> str:
        return jwt.encode({**good, **changes}, key, algorithm, headers=HEADER | (header or {}))

    def without(claim: str) -> str:
        kept = {name: value for name, value in good.items() if name != claim}
        return jwt.encode(kept, SECRET, "HS256", headers=HEADER)

    now, whole = int(time.time()), forged()
    head, body, signature = whole.split(".")
    return {
        "expired": forged(exp=now - 1),
        "not yet valid": forged(nbf=now + 60),
        "issued in the future": forged(iat=now + 60),
        "unsigned": forged(key="", algorithm="none"),
        "unsigned, without a signature": f"{forged(key='', algorithm='none').rpartition('.')[0]}.",
        "another algorithm": forged(key="k" * 64, algorithm="HS512"),
        "another key": forged(key="x" * 32),
        "another kid": forged(header={"kid": "other"}),
        "a kid that is a path": forged(header={"kid": "../../dev/null"}, key="x" * 32),
        "a kid that is a statement": forged(header={"kid": "' UNION SELECT 'x"}, key="x" * 32),
        "a key of its own": forged(key="x" * 32, header={"jwk": {"kty": "oct", "k": "eHh4"}}),
        "a key from elsewhere": forged(key="x" * 32, header={"jku": "http://127.0.0.1:9/keys"}),
        "another type": forged(header={"typ": "JWT"}),
        "another audience": forged(aud="somebody"),
        "another issuer": forged(iss="somebody"),
        "another user": forged(sub=str(uuid4())),
        "another session": forged(sid=str(uuid4())),
        "a session that is a number": forged(sid=1),
        "a tampered body": f"{head}.{body[:-4]}AAAA.{signature}",
        "a tampered signature": f"{head}.{body}.{'A' * len(signature)}",
        "no signature": f"{head}.{body}.",
        "one part": "abc",
        "a refresh token": refresh_token,
        "an API key that never was": f"jp_{'a' * 43}",
        "an empty API key": "jp_",
        "a megabyte": "a" * 1_000_000,
        **{f"no {claim}": without(claim) for claim in CLAIMS},
    }


@pytest.mark.parametrize("path", ["/jobsList/", "/v1/jobs", "/v1/me", "/v1/events", "/v1/api-keys"])
async def test_every_forgery_gets_the_same_401_byte_for_byte(memory: Settings, path: str) -> None:
    async with serving(memory, slots=0) as service:
        body = {"username": "ada", "password": PASSWORD}
        login = (await service.client.post("/v1/auth/register", json=body)).json()
        good = jwt.decode(login["access_token"], options={"verify_signature": False})
        if path != "/v1/events":
            assert (await ask(service, login["access_token"], path)).status_code == 200
        reference = await ask(service, "x", path)
        assert (reference.status_code, reference.headers["WWW-Authenticate"]) == (401, "Bearer")
        for name, token in forgeries(good, login["refresh_token"]).items():
            answer = await ask(service, token, path)
            assert answer.status_code == 401, name
            assert (answer.content, answer.headers) == (reference.content, reference.headers), name


async def test_a_token_is_good_for_its_lifetime_and_no_longer(profile: Settings) -> None:
    settings = profile.model_copy(update={"access_token_seconds": 1})
    async with serving(settings, slots=0) as service:
        ada = await service.register()
        deadline = time.monotonic() + 5
        while (await ada.get("/jobsList/")).status_code == 200:
            assert time.monotonic() < deadline
        await is_refused(service, ada.token)


async def test_a_well_signed_token_of_a_session_that_never_was_is_refused(idle_service: Service) -> None:
    ada = await identity_of(idle_service)
    ours = idle_service.adapters.tokens()
    await is_refused(idle_service, ours.issue(Identity(ada.user_id, uuid4())))
    await is_refused(idle_service, ours.issue(Identity(uuid4(), ada.session_id)))


async def test_a_token_of_the_key_before_stays_good_when_a_new_one_signs(memory: Settings) -> None:
    keys = type(memory.jwt_keys)("new:" + "n" * 32 + ",test:" + SECRET)
    async with serving(memory.model_copy(update={"jwt_keys": keys}), slots=0) as service:
        old = JwtTokens({"test": SECRET}, HOUR).issue(await identity_of(service))
        assert (await Visitor(service.client, old).get("/jobsList/")).status_code == 200

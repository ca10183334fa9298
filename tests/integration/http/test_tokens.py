"""A token opens the door only while it is whole, in time and of a key that the service holds."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest

from jobproc.adapters.security.tokens import JwtTokens
from jobproc.domain.sessions import Identity
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def identity_of(service: Service) -> Identity:
    ada = await service.register()
    return await service.application.authenticate(ada.token)


async def is_refused(service: Service, token: str) -> None:
    answer = await Visitor(service.client, token).get("/jobsList/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "Invalid token"}


async def test_a_token_is_good_for_its_lifetime_and_no_longer(profile: Settings) -> None:
    settings = profile.model_copy(update={"access_token_seconds": 1})
    async with serving(settings, slots=0) as service:
        ada = await service.register()
        deadline = time.monotonic() + 5
        while (await ada.get("/jobsList/")).status_code == 200:
            assert time.monotonic() < deadline
        await is_refused(service, ada.token)


@pytest.mark.parametrize(
    "keys", [{"test": "x" * 32}, {"other": "k" * 32}], ids=["another secret", "another kid"]
)
async def test_a_token_of_a_key_from_elsewhere_is_refused(
    idle_service: Service, keys: dict[str, str]
) -> None:
    await is_refused(idle_service, JwtTokens(keys, HOUR).issue(await identity_of(idle_service)))


async def test_a_well_signed_token_of_a_session_that_never_was_is_refused(idle_service: Service) -> None:
    ada = await identity_of(idle_service)
    ours = idle_service.adapters.tokens()
    await is_refused(idle_service, ours.issue(Identity(ada.user_id, uuid4())))
    await is_refused(idle_service, ours.issue(Identity(uuid4(), ada.session_id)))


async def test_a_token_of_the_key_before_stays_good_when_a_new_one_signs(memory: Settings) -> None:
    keys = type(memory.jwt_keys)("new:" + "n" * 32 + ",test:" + "k" * 32)
    async with serving(memory.model_copy(update={"jwt_keys": keys}), slots=0) as service:
        old = JwtTokens({"test": "k" * 32}, HOUR).issue(await identity_of(service))
        assert (await Visitor(service.client, old).get("/jobsList/")).status_code == 200

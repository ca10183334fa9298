"""API keys, as the client holds them, over both profiles."""

import pytest

from jobproc.client import Refused
from jobproc.client.core.session import HeldTokens
from tests.integration.http.client.test_sessions import client_of
from tests.integration.http.service import PASSWORD, Service

pytestmark = pytest.mark.anyio


async def test_an_api_key_is_a_token_with_the_scopes_that_it_was_given(service: Service) -> None:
    store = HeldTokens()
    async with client_of(service, store) as ada:
        await ada.register("ada", PASSWORD)
        job = await ada.submit("square_sum", [3])
        held = store.load()
        assert held
        made = await service.client.post(
            "/v1/api-keys",
            json={"name": "reader", "scopes": ["jobs:read"]},
            headers={"Authorization": f"Bearer {held.access}"},
        )
        assert made.status_code == 201, made.text
    async with client_of(service, token=made.json()["key"]) as reader:
        assert await (await reader.job(job.id)).result() == 9
        with pytest.raises(Refused) as refused:
            await reader.submit("square_sum", [1])
        assert refused.value.code == "insufficient-scope"

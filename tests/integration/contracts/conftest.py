"""Every contract suite runs once over memory and once over the real thing."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from jobproc.adapters.sandbox.runner import SandboxRunner
from tests.integration.contracts.sandboxes import sandbox
from tests.integration.contracts.stores import Store, memory_store, postgres_store


@pytest.fixture(params=["memory", "postgres"])
def closed_store(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Store]:
    """Made outside the loop, where a database can be made as well."""
    if request.param == "memory":
        return memory_store()
    return postgres_store(request.getfixturevalue("database_url"))


@pytest.fixture
async def store(closed_store: AbstractAsyncContextManager[Store], anyio_backend: str) -> AsyncIterator[Store]:
    """All ports that keep something, over memory or over Postgres."""
    async with closed_store as opened:
        yield opened


@pytest.fixture
async def children(anyio_backend: str) -> AsyncIterator[SandboxRunner]:
    """A worker's children."""
    async with sandbox() as runner:
        yield runner

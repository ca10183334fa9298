"""Which adapter stands behind which port. To swap one, change its line."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry

from jobproc.adapters.celery.queue import CeleryQueue
from jobproc.adapters.logs.sight import LogSight
from jobproc.adapters.memory.api_keys import MemoryApiKeys
from jobproc.adapters.memory.backlog import MemoryDueWork
from jobproc.adapters.memory.batches import MemoryBatches
from jobproc.adapters.memory.clock import MemoryClock
from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.memory.jobs import JobStore, MemoryJobs, MemoryWork
from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.adapters.memory.rates import MemoryLoginAttempts, MemoryRateLimiter
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.statistics import MemoryStatistics
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.adapters.memory.workers import MemoryWorkers
from jobproc.adapters.postgres.api_keys import PostgresApiKeys
from jobproc.adapters.postgres.backlog import PostgresDueWork
from jobproc.adapters.postgres.batches import PostgresBatches
from jobproc.adapters.postgres.clock import PostgresClock
from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.health import DatabasePart, SchemaPart
from jobproc.adapters.postgres.jobs import PostgresJobs
from jobproc.adapters.postgres.sessions import PostgresSessions
from jobproc.adapters.postgres.statistics import PostgresStatistics
from jobproc.adapters.postgres.users import PostgresUsers
from jobproc.adapters.postgres.work import PostgresWork
from jobproc.adapters.prometheus.exposition import PrometheusExposition
from jobproc.adapters.prometheus.numbers import Numbers
from jobproc.adapters.prometheus.sight import PrometheusSight
from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.redis.attempts import RedisLoginAttempts
from jobproc.adapters.redis.events import RedisEvents
from jobproc.adapters.redis.health import RedisPart
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.rates import RedisRateLimiter
from jobproc.adapters.redis.workers import RedisWorkers
from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.adapters.security.passwords import Argon2Passwords
from jobproc.adapters.security.tokens import JwtTokens
from jobproc.application.application import Application
from jobproc.entrypoints.injection import containers, providers
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings
from jobproc.entrypoints.sights import Sights
from jobproc.entrypoints.tracing import attempt_sights
from jobproc.entrypoints.use_cases import UseCases
from jobproc.entrypoints.use_cases import new_id_at as new_id_at


class Adapters(containers.DeclarativeContainer):
    """What both profiles share."""

    settings = providers.Dependency(instance_of=Settings)
    types = providers.Singleton(PydanticTypes)
    operations = providers.Singleton(load_operations, settings.provided.operation_modules, types)
    registry = providers.Singleton(CollectorRegistry)
    sight = providers.Singleton(
        Sights,
        providers.Factory(LogSight),
        providers.Factory(PrometheusSight, providers.Factory(Numbers, registry)),
        providers.Callable(attempt_sights),
    )
    runner = providers.Singleton(SandboxRunner, operations, settings.provided.sandbox_command)
    passwords = providers.Singleton(Argon2Passwords)
    tokens = providers.Singleton(
        JwtTokens,
        settings.provided.keys,
        providers.Factory(timedelta, seconds=settings.provided.access_token_seconds),
    )


class MemoryAdapters(Adapters):
    """Everything in one process, and nothing stored."""

    clock = providers.Singleton(MemoryClock)
    store = providers.Singleton(JobStore, clock)
    jobs = providers.Singleton(MemoryJobs, store)
    batches = providers.Singleton(MemoryBatches, store)
    statistics = providers.Singleton(MemoryStatistics, store)
    work = providers.Singleton(MemoryWork, store)
    users = providers.Singleton(MemoryUsers, clock)
    sessions = providers.Singleton(MemorySessions, clock)
    api_keys = providers.Singleton(MemoryApiKeys)
    queue = providers.Singleton(MemoryQueue)
    events = providers.Singleton(MemoryEvents)
    limiter = providers.Singleton(MemoryRateLimiter)
    attempts = providers.Singleton(MemoryLoginAttempts)
    workers = providers.Singleton(MemoryWorkers)
    due_work = providers.Singleton(MemoryDueWork, store)
    exposition = providers.Singleton(PrometheusExposition, Adapters.registry)
    parts = providers.List()
    opened = providers.List(Adapters.passwords, Adapters.runner)


class ProductionAdapters(Adapters):
    """Postgres holds the truth, Celery rings, Redis carries hints."""

    database = providers.Singleton(
        open_database, Adapters.settings.provided.database, pool_size=Adapters.settings.provided.pool_size
    )
    clock = providers.Singleton(PostgresClock, database)
    jobs = providers.Singleton(PostgresJobs, database)
    batches = providers.Singleton(PostgresBatches, database)
    statistics = providers.Singleton(PostgresStatistics, database)
    work = providers.Singleton(PostgresWork, database)
    users = providers.Singleton(PostgresUsers, database)
    sessions = providers.Singleton(PostgresSessions, database)
    api_keys = providers.Singleton(PostgresApiKeys, database)
    queue = providers.Singleton(CeleryQueue, Adapters.settings.provided.broker, Adapters.sight)
    events = providers.Singleton(RedisEvents, Adapters.settings.provided.redis)
    counts = providers.Singleton(PromptRedis, Adapters.settings.provided.redis)
    limiter = providers.Singleton(RedisRateLimiter, counts, Adapters.settings.provided.processes)
    attempts = providers.Singleton(RedisLoginAttempts, counts)
    workers = providers.Singleton(RedisWorkers, counts)
    due_work = providers.Singleton(PostgresDueWork, database)
    exposition = providers.Singleton(PrometheusExposition, Adapters.registry, database.provided.pool_use)
    parts = providers.List(
        providers.Factory(DatabasePart, database),
        providers.Factory(SchemaPart, database),
        providers.Factory(RedisPart, counts),
    )
    opened = providers.List(database, Adapters.passwords, queue, events, counts, Adapters.runner)


def adapters_for(settings: Settings) -> MemoryAdapters | ProductionAdapters:
    """The adapters of the profile, not opened yet; any of them can be overridden before `open_application`."""
    profile = MemoryAdapters if settings.profile is Profile.MEMORY else ProductionAdapters
    return profile(settings=settings)


@asynccontextmanager
async def open_application(
    settings: Settings, adapters: MemoryAdapters | ProductionAdapters | None = None
) -> AsyncIterator[Application]:
    """The application with everything it needs open, and closed again at the end."""
    adapters = adapters or adapters_for(settings)
    use_cases = UseCases(settings=settings, adapters=adapters)
    use_cases.check_dependencies()
    async with AsyncExitStack() as stack:
        for resource in adapters.opened():
            # An adapter that somebody put in its place may have nothing to open.
            if isinstance(resource, AbstractAsyncContextManager):
                await stack.enter_async_context(resource)
        await stack.enter_async_context(use_cases.follow_jobs())
        yield use_cases.application()

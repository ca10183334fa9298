"""Which adapter stands behind which port. To swap one, change its line."""

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from dependency_injector import containers, providers
from uuid_utils.compat import uuid4, uuid7

from jobproc.adapters.celery.app import make_celery
from jobproc.adapters.celery.queue import CeleryQueue
from jobproc.adapters.logs.sight import LogSight
from jobproc.adapters.memory.api_keys import MemoryApiKeys
from jobproc.adapters.memory.batches import MemoryBatches
from jobproc.adapters.memory.clock import MemoryClock
from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.memory.jobs import JobStore, MemoryJobs, MemoryWork
from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.adapters.memory.rates import MemoryLoginAttempts, MemoryRateLimiter
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.statistics import MemoryStatistics
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.adapters.postgres.api_keys import PostgresApiKeys
from jobproc.adapters.postgres.batches import PostgresBatches
from jobproc.adapters.postgres.clock import PostgresClock
from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.jobs import PostgresJobs
from jobproc.adapters.postgres.sessions import PostgresSessions
from jobproc.adapters.postgres.statistics import PostgresStatistics
from jobproc.adapters.postgres.users import PostgresUsers
from jobproc.adapters.postgres.work import PostgresWork
from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.redis.attempts import RedisLoginAttempts
from jobproc.adapters.redis.events import RedisEvents
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.rates import RedisRateLimiter
from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.adapters.security.passwords import Argon2Passwords
from jobproc.adapters.security.tokens import JwtTokens
from jobproc.application.accounts import ChangePassword, GetUser, Login, Register
from jobproc.application.api_keys import DeleteApiKey, ListApiKeys, MakeApiKey
from jobproc.application.application import Application
from jobproc.application.authentication import Authenticate
from jobproc.application.batch_waits import WaitForBatch
from jobproc.application.batches import CancelBatch, SubmitBatch
from jobproc.application.catalogue import DescribeOperations
from jobproc.application.feeds import FollowJobs
from jobproc.application.following import FollowJob, WaitForJob
from jobproc.application.jobs import (
    CancelJob,
    EraseJob,
    FindJobs,
    GetJob,
    GetResult,
    GetTimeline,
    ListJobs,
    RetryJob,
    SubmitJob,
)
from jobproc.application.maintenance import Maintain
from jobproc.application.rates import GuardLogins, LimitRequests
from jobproc.application.recent import Recent
from jobproc.application.running import RunDueJobs
from jobproc.application.sessions import (
    GiveTokens,
    Logout,
    LogoutEverywhere,
    OpenSession,
    RefreshSession,
)
from jobproc.application.stats import GetStats
from jobproc.application.users import ListUsers, SwitchUser
from jobproc.application.worker import Worker
from jobproc.domain.api_keys import SECRET_BYTES as KEY_BYTES
from jobproc.domain.ids import RANDOM_BITS, id_at
from jobproc.domain.refresh_tokens import SECRET_BYTES as REFRESH_BYTES
from jobproc.domain.users import User
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings


def new_id_at(moment: datetime) -> UUID:
    """A new id that sorts by the store's time, so that lists can be cut at a time by their ids."""
    return id_at(moment, secrets.randbits(RANDOM_BITS))


class Adapters(containers.DeclarativeContainer):
    """What both profiles share."""

    settings = providers.Dependency(instance_of=Settings)
    types = providers.Singleton(PydanticTypes)
    operations = providers.Singleton(load_operations, settings.provided.operation_modules, types)
    sight = providers.Singleton(LogSight)
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
    queue = providers.Singleton(
        CeleryQueue, providers.Factory(make_celery, Adapters.settings.provided.broker)
    )
    events = providers.Singleton(RedisEvents, Adapters.settings.provided.redis)
    counts = providers.Singleton(PromptRedis, Adapters.settings.provided.redis)
    limiter = providers.Singleton(RedisRateLimiter, counts, Adapters.settings.provided.processes)
    attempts = providers.Singleton(RedisLoginAttempts, counts)
    opened = providers.List(database, Adapters.passwords, queue, events, counts, Adapters.runner)


class UseCases(containers.DeclarativeContainer):
    """The application over any set of adapters."""

    settings = providers.Dependency(instance_of=Settings)
    adapters = providers.DependenciesContainer()

    new_id = providers.Object(uuid7)
    jitter = providers.Object(random.SystemRandom().random)
    new_refresh_secret = providers.Object(partial(secrets.token_bytes, REFRESH_BYTES))
    session_lifetime = providers.Factory(timedelta, seconds=settings.provided.refresh_token_seconds)
    give_tokens = providers.Factory(GiveTokens, adapters.tokens)
    open_session = providers.Factory(
        OpenSession,
        adapters.sessions,
        adapters.clock,
        new_id,
        new_refresh_secret,
        session_lifetime,
        give_tokens,
    )
    get_user = providers.Factory(GetUser, adapters.users)
    run_due_jobs = providers.Factory(
        RunDueJobs,
        adapters.work,
        adapters.runner,
        adapters.operations,
        providers.Factory(uuid4),
        settings.provided.lease,
        jitter,
        adapters.sight,
        adapters.events,
    )
    guard = providers.Factory(GuardLogins, adapters.attempts, settings.provided.guards_logins)
    submit_job = providers.Factory(
        SubmitJob,
        adapters.jobs,
        adapters.queue,
        adapters.operations,
        adapters.types,
        adapters.clock,
        providers.Object(new_id_at),
        settings.provided.retention_seconds,
        adapters.sight,
        adapters.events,
    )
    get_job = providers.Factory(GetJob, adapters.jobs)
    follow_jobs = providers.Singleton(FollowJobs, adapters.jobs, adapters.events)
    application = providers.Singleton(
        Application,
        operations=adapters.operations,
        limit_requests=providers.Factory(LimitRequests, adapters.limiter, settings.provided.rates),
        register=providers.Factory(
            Register,
            adapters.users,
            adapters.passwords,
            adapters.clock,
            new_id,
            open_session,
            settings.provided.registers,
        ),
        login=providers.Factory(Login, adapters.users, adapters.passwords, guard, open_session),
        authenticate=providers.Factory(
            Authenticate,
            adapters.tokens,
            adapters.clock,
            providers.Factory(Recent, adapters.sessions.provided.get),
            providers.Factory(Recent, adapters.api_keys.provided.hashed),
            providers.Factory(Recent, adapters.users.provided.get),
        ),
        refresh_session=providers.Factory(
            RefreshSession,
            adapters.sessions,
            adapters.users,
            new_refresh_secret,
            session_lifetime,
            give_tokens,
        ),
        logout=providers.Factory(Logout, adapters.sessions),
        logout_everywhere=providers.Factory(LogoutEverywhere, adapters.sessions),
        get_user=get_user,
        change_password=providers.Factory(
            ChangePassword, get_user, adapters.users, adapters.passwords, guard, adapters.sessions
        ),
        make_api_key=providers.Factory(
            MakeApiKey,
            adapters.api_keys,
            adapters.clock,
            new_id,
            providers.Object(partial(secrets.token_bytes, KEY_BYTES)),
        ),
        list_api_keys=providers.Factory(ListApiKeys, adapters.api_keys),
        delete_api_key=providers.Factory(DeleteApiKey, adapters.api_keys),
        list_users=providers.Factory(ListUsers, adapters.users),
        disable_user=providers.Factory(SwitchUser, adapters.users, providers.Object(User.disable)),
        enable_user=providers.Factory(SwitchUser, adapters.users, providers.Object(User.enable)),
        submit_job=submit_job,
        get_job=get_job,
        get_result=providers.Factory(GetResult, get_job),
        get_timeline=providers.Factory(GetTimeline, adapters.jobs),
        list_jobs=providers.Factory(ListJobs, adapters.jobs),
        find_jobs=providers.Factory(FindJobs, adapters.jobs),
        erase_job=providers.Factory(EraseJob, adapters.jobs),
        wait_for_job=providers.Factory(WaitForJob, adapters.jobs, adapters.events),
        follow_job=providers.Factory(FollowJob, adapters.jobs, adapters.events),
        follow_jobs=follow_jobs,
        cancel_job=providers.Factory(CancelJob, adapters.jobs, adapters.events),
        retry_job=providers.Factory(RetryJob, adapters.jobs, adapters.queue, adapters.events),
        submit_batch=providers.Factory(
            SubmitBatch,
            adapters.batches,
            submit_job,
            adapters.clock,
            providers.Object(new_id_at),
            adapters.queue,
            adapters.events,
            adapters.sight,
        ),
        wait_for_batch=providers.Factory(WaitForBatch, adapters.batches, adapters.events),
        cancel_batch=providers.Factory(CancelBatch, adapters.batches, adapters.jobs, adapters.events),
        get_stats=providers.Factory(GetStats, adapters.statistics, adapters.clock),
        describe_operations=providers.Factory(DescribeOperations, adapters.operations, adapters.types),
        maintain=providers.Factory(
            Maintain,
            adapters.work,
            adapters.queue,
            settings.provided.sweep,
            jitter,
            adapters.sight,
            adapters.events,
            adapters.sessions,
        ),
        worker=providers.Factory(Worker, run_due_jobs, adapters.queue, settings.provided.drain),
    )


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

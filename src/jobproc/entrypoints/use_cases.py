"""The use-cases over any set of adapters."""

import os
import random
import secrets
import socket
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from jobproc.application.accounts import ChangePassword, GetUser, Login, Register
from jobproc.application.api_keys import DeleteApiKey, ListApiKeys, MakeApiKey
from jobproc.application.application import Application
from jobproc.application.authentication import Authenticate, OfEnabled
from jobproc.application.batch_waits import WaitForBatch
from jobproc.application.batches import CancelBatch, SubmitBatch
from jobproc.application.browsers import KeepSignedIn, RecognizeBrowser
from jobproc.application.bulk import CancelJobs, RetryJobs
from jobproc.application.catalogue import DescribeOperations
from jobproc.application.feeds import FollowJobs
from jobproc.application.following import FollowJob, WaitForJob
from jobproc.application.health import CheckReadiness
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
from jobproc.application.metrics import ShowMetrics
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
from jobproc.application.stats import GetStats, TallyJobs
from jobproc.application.users import ListUsers, SwitchUser
from jobproc.application.worker import Worker
from jobproc.domain.api_keys import SECRET_BYTES as KEY_BYTES
from jobproc.domain.ids import RANDOM_BITS, id_at
from jobproc.domain.refresh_tokens import SECRET_BYTES as REFRESH_BYTES
from jobproc.domain.users import User
from jobproc.entrypoints.injection import containers, providers
from jobproc.entrypoints.settings import Settings


def new_id_at(moment: datetime) -> UUID:
    """A new id that sorts by the store's time, so that lists can be cut at a time by their ids."""
    return id_at(moment, secrets.randbits(RANDOM_BITS))


def place() -> str:
    """Where this process runs, for people: the machine and the process."""
    return f"{socket.gethostname()}:{os.getpid()}"


class UseCases(containers.DeclarativeContainer):
    """The application over any set of adapters."""

    settings = providers.Dependency(instance_of=Settings)
    adapters = providers.DependenciesContainer()

    new_id = providers.Object(uuid7)
    jitter = providers.Object(random.random)
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
    recent_sessions = providers.Singleton(
        Recent, providers.Factory(OfEnabled, adapters.sessions.provided.get, adapters.users)
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
        limit_requests=providers.Factory(
            LimitRequests, adapters.limiter, settings.provided.rates, adapters.sight
        ),
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
            recent_sessions,
            providers.Factory(
                Recent, providers.Factory(OfEnabled, adapters.api_keys.provided.hashed, adapters.users)
            ),
        ),
        keep_signed_in=providers.Factory(
            KeepSignedIn, adapters.sessions, new_refresh_secret, session_lifetime
        ),
        recognize_browser=providers.Factory(RecognizeBrowser, adapters.clock, recent_sessions),
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
        cancel_job=providers.Factory(CancelJob, adapters.jobs, adapters.events, adapters.sight),
        retry_job=providers.Factory(RetryJob, adapters.jobs, adapters.queue, adapters.events, adapters.sight),
        cancel_jobs=providers.Factory(CancelJobs, adapters.jobs, adapters.events),
        retry_jobs=providers.Factory(RetryJobs, adapters.jobs, adapters.queue, adapters.events),
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
        tally_jobs=providers.Factory(TallyJobs, adapters.statistics),
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
        worker=providers.Factory(
            Worker,
            run_due_jobs,
            adapters.queue,
            settings.provided.drain,
            adapters.workers,
            providers.Callable(place),
        ),
        check_readiness=providers.Factory(CheckReadiness, adapters.parts),
        show_metrics=providers.Factory(ShowMetrics, adapters.due_work, adapters.workers, adapters.exposition),
        sight=adapters.sight,
    )

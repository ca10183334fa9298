"""The Python client of a jobproc service: `Client` for ordinary code, `AsyncClient` for asyncio."""

from jobproc.client.blocking.batch import Batch
from jobproc.client.blocking.client import Client
from jobproc.client.blocking.job import Job
from jobproc.client.concurrent.batch import AsyncBatch
from jobproc.client.concurrent.client import AsyncClient
from jobproc.client.concurrent.job import AsyncJob
from jobproc.client.core.batches import NewJob
from jobproc.client.core.jobs import JobFilter, Options
from jobproc.client.core.session import Tokens, TokenStore
from jobproc.client.errors import (
    ClientError,
    Conflict,
    InvalidInput,
    JobCancelled,
    JobFailed,
    JobNotSuccessful,
    NotAuthenticated,
    NotFound,
    Refused,
    StillRunning,
    TooLarge,
    TooMany,
    Unavailable,
    WrongValue,
)
from jobproc.client.views import (
    BatchView,
    Event,
    JobError,
    JobStatus,
    JobView,
    Operation,
    Progress,
    ProgressEvent,
    Reset,
    Stats,
    StatusEvent,
    Step,
    User,
)

__all__ = [
    "AsyncBatch",
    "AsyncClient",
    "AsyncJob",
    "Batch",
    "BatchView",
    "Client",
    "ClientError",
    "Conflict",
    "Event",
    "InvalidInput",
    "Job",
    "JobCancelled",
    "JobError",
    "JobFailed",
    "JobFilter",
    "JobNotSuccessful",
    "JobStatus",
    "JobView",
    "NewJob",
    "NotAuthenticated",
    "NotFound",
    "Operation",
    "Options",
    "Progress",
    "ProgressEvent",
    "Refused",
    "Reset",
    "Stats",
    "StatusEvent",
    "Step",
    "StillRunning",
    "TokenStore",
    "Tokens",
    "TooLarge",
    "TooMany",
    "Unavailable",
    "User",
    "WrongValue",
]

"""The driving port: everything that HTTP, the worker and the command line may ask."""

from dataclasses import dataclass

from jobproc.application.accounts import Authenticate, Login, Register
from jobproc.application.engine import Maintain, Worker
from jobproc.application.jobs import GetJob, ListJobs, SubmitJob
from jobproc.domain.operations import OperationRegistry


@dataclass(frozen=True, slots=True)
class Application:
    """The use-cases, wired. A subject a field."""

    operations: OperationRegistry
    register: Register
    login: Login
    authenticate: Authenticate
    submit_job: SubmitJob
    get_job: GetJob
    list_jobs: ListJobs
    maintain: Maintain
    worker: Worker

"""The driving port: everything that HTTP, the worker and the command line may ask."""

from dataclasses import dataclass

from jobproc.application.accounts import ChangePassword, GetUser, Login, Register
from jobproc.application.api_keys import DeleteApiKey, ListApiKeys, MakeApiKey
from jobproc.application.authentication import Authenticate
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
from jobproc.application.ports import Sight
from jobproc.application.rates import LimitRequests
from jobproc.application.sessions import Logout, LogoutEverywhere, RefreshSession
from jobproc.application.stats import GetStats, TallyJobs
from jobproc.application.users import ListUsers, SwitchUser
from jobproc.application.worker import Worker
from jobproc.domain.operations import OperationRegistry


@dataclass(frozen=True, slots=True)
class Application:
    """The use-cases, wired. A subject a field."""

    operations: OperationRegistry
    limit_requests: LimitRequests
    register: Register
    login: Login
    authenticate: Authenticate
    refresh_session: RefreshSession
    keep_signed_in: KeepSignedIn
    recognize_browser: RecognizeBrowser
    logout: Logout
    logout_everywhere: LogoutEverywhere
    get_user: GetUser
    change_password: ChangePassword
    make_api_key: MakeApiKey
    list_api_keys: ListApiKeys
    delete_api_key: DeleteApiKey
    list_users: ListUsers
    disable_user: SwitchUser
    enable_user: SwitchUser
    submit_job: SubmitJob
    get_job: GetJob
    get_result: GetResult
    get_timeline: GetTimeline
    list_jobs: ListJobs
    find_jobs: FindJobs
    wait_for_job: WaitForJob
    follow_job: FollowJob
    follow_jobs: FollowJobs
    cancel_job: CancelJob
    retry_job: RetryJob
    erase_job: EraseJob
    cancel_jobs: CancelJobs
    retry_jobs: RetryJobs
    submit_batch: SubmitBatch
    wait_for_batch: WaitForBatch
    cancel_batch: CancelBatch
    get_stats: GetStats
    tally_jobs: TallyJobs
    describe_operations: DescribeOperations
    maintain: Maintain
    worker: Worker
    check_readiness: CheckReadiness
    show_metrics: ShowMetrics
    sight: Sight

"""What a shell completes with the help of the service; without a login or an answer it is nothing."""

from collections.abc import Callable, Iterable, Iterator

from jobproc.client.blocking.client import Client
from jobproc.client.commands.opening import open_client
from jobproc.client.errors import ClientError

# Somebody is typing.
PATIENCE = 1.0
MOST = 50
Suggestion = tuple[str, str]


def operation_names(begun: str) -> list[Suggestion]:
    """Operations, with what they do."""
    return _beginning(begun, lambda client: ((each.name, each.summary) for each in client.operations()))


def job_ids(begun: str) -> list[Suggestion]:
    """The newest jobs, with how they are."""
    return _beginning(begun, _newest)


def _newest(client: Client) -> Iterator[Suggestion]:
    views = (job.view for job in client.jobs(limit=MOST))
    return ((view.id, f"{view.status} {view.operation}") for view in views)


def _beginning(begun: str, of: Callable[[Client], Iterable[Suggestion]]) -> list[Suggestion]:
    try:
        with open_client(PATIENCE) as client:
            return [each for each in of(client) if each[0].startswith(begun)]
    except (ClientError, OSError):
        return []

"""What can go wrong with an embedded server, said so that the reader knows what to do next."""

from jobproc.domain.errors import JobprocError


class EmbeddedServerError(JobprocError):
    """A server could not be found or started; the message carries its last words."""

    code = "embedded-server"


class AlreadyRunning(EmbeddedServerError):
    """Another process serves from the same data folder: two would destroy each other's data."""

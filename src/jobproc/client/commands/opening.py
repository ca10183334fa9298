"""Which service a command talks to, and as whom."""

import os

from jobproc.client.blocking.client import Client
from jobproc.client.commands.credentials import CredentialFile
from jobproc.client.core.opening import TOKEN, URL, url_of
from jobproc.client.errors import NotAuthenticated

# For somebody who waits at a terminal for an answer, and for somebody who watches a job across restarts.
PATIENCE, WATCHING_PATIENCE = 5.0, 60.0


def open_client(patience: float = PATIENCE) -> Client:
    """As `JOBPROC_URL` and `JOBPROC_TOKEN` say, else as of the last login; nobody logged in: `NotAuthenticated`."""
    kept = CredentialFile.kept()
    url = os.environ.get(URL) or (kept.url if kept else None)
    if token := os.environ.get(TOKEN):
        return Client(url, token=token, patience=patience)
    if kept is None:
        raise NotAuthenticated("Nobody is logged in.")
    if url_of(url) != kept.url:
        raise NotAuthenticated(
            f"Nobody is logged in at {url}, which {URL} names; the last login was at {kept.url}."
        )
    return Client(kept.url, store=kept, patience=patience)

"""`jobproc login` and `jobproc logout`."""

from contextlib import suppress
from sys import stderr

from jobproc.client.blocking.client import Client
from jobproc.client.commands.credentials import CredentialFile
from jobproc.client.commands.leaving import leaving
from jobproc.client.commands.opening import PATIENCE
from jobproc.client.commands.reading import read_password, read_username
from jobproc.client.commands.showing import print_json
from jobproc.client.core.opening import url_of
from jobproc.client.errors import NotAuthenticated


def log_in(url: str, username: str | None, *, register: bool, password_stdin: bool, as_json: bool) -> None:
    """Open a session and keep it."""
    with leaving():
        address, name = url_of(url), read_username(username)
        password = read_password(from_stdin=password_stdin, again=register)
        with Client(address, store=CredentialFile.of(address), patience=PATIENCE) as client:
            user = (client.register if register else client.login)(name, password)
        if as_json:
            print_json({"username": user.username, "id": user.id, "url": address})
        else:
            print(f"Logged in at {address} as {user.username}.", file=stderr)  # noqa: T201


def log_out(*, as_json: bool) -> None:
    """End the kept session; without one there is nothing to do."""
    kept = CredentialFile.kept()
    with leaving(), suppress(NotAuthenticated):
        if kept:
            with Client(kept.url, store=kept, patience=PATIENCE) as client:
                client.logout()
    if as_json:
        print_json({"url": kept and kept.url})
    else:
        print("Logged out.", file=stderr)  # noqa: T201

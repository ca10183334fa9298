"""Logging in and out."""

from jobproc.client.core.calls import Call, json_of
from jobproc.client.core.patience import ask_patiently
from jobproc.client.core.session import Session, tokens_of
from jobproc.client.errors import Conflict, NotAuthenticated
from jobproc.client.reading import read_user
from jobproc.client.views import Members, User


async def register(session: Session, username: str, password: str) -> User:
    """Make an account and log in; a taken name: `Conflict`."""
    answer = await ask_patiently(session.wire, _credentials("register", username, password), session.patience)
    if answer.status == 409 and answer.asked > 1:
        # An answer was lost on the way: the name may have been taken by us, which the password shows.
        return await _login_or_taken(session, username, password)
    session.store.save(tokens_of(answer.checked()))
    return answer.read(_user)


async def login(session: Session, username: str, password: str) -> User:
    """Open a session and keep its tokens; wrong: `NotAuthenticated`."""
    answer = await ask_patiently(session.wire, _credentials("login", username, password), session.patience)
    session.store.save(tokens_of(answer.checked()))
    return answer.read(_user)


async def logout(session: Session) -> None:
    """End the session and forget its tokens, which happens whatever the service says."""
    try:
        await session.ask(Call("POST", "/v1/auth/logout"))
    except NotAuthenticated:
        pass  # It had ended already.
    finally:
        session.store.save(None)


async def get_me(session: Session) -> User:
    """Who is logged in."""
    return (await session.ask(Call("GET", "/v1/me"))).read(read_user)


async def _login_or_taken(session: Session, username: str, password: str) -> User:
    try:
        return await login(session, username, password)
    except NotAuthenticated:
        raise Conflict("Username already registered", code="username-taken") from None


def _user(welcome: Members) -> User:
    return read_user(welcome["user"])


def _credentials(door: str, username: str, password: str) -> Call:
    return Call("POST", f"/v1/auth/{door}", body=json_of({"username": username, "password": password}))

"""Accounts and the sessions that open them."""

from typing import Annotated

from fastapi import Depends

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.bodies import read_credentials
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.rate_limits import limit_address
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import Credentials, body_of
from jobproc.adapters.http.v1.presenting import show_time
from jobproc.adapters.http.v1.schemas import Login, User
from jobproc.application.accounts import Welcome

GIVEN = Annotated[Credentials, Depends(read_credentials)]
BODY_PROBLEMS = ("not-json", "too-large", "unsupported-media-type", "invalid-input")

router = EitherSlashRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/register",
    status_code=201,
    summary="Make an account and log in",
    responses=problems("username-taken", *BODY_PROBLEMS, "too-many-requests", "unavailable"),
    openapi_extra=body_of(Credentials),
    dependencies=[Depends(limit_address)],
)
async def register(application: TheApplication, credentials: GIVEN) -> Login:
    """The name is free for the first who takes it, whatever its case."""
    return show_welcome(await application.register(credentials.username, credentials.password))


@router.post(
    "/login",
    summary="Log in",
    responses=problems("invalid-credentials", *BODY_PROBLEMS, "too-many-requests", "unavailable"),
    openapi_extra=body_of(Credentials),
    dependencies=[Depends(limit_address)],
)
async def login(application: TheApplication, credentials: GIVEN) -> Login:
    """A new session; those of earlier logins stay open."""
    return show_welcome(await application.login(credentials.username, credentials.password))


def show_welcome(welcome: Welcome) -> Login:
    """The user and their new tokens."""
    user = welcome.user
    return Login(
        user=User(id=str(user.id), username=user.username.text, created_at=show_time(user.created_at)),
        access_token=welcome.access_token,
        expires_in=welcome.expires_in,
    )

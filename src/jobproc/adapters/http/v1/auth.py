"""Accounts and the sessions that open them."""

from typing import Annotated

from fastapi import Depends, Response

from jobproc.adapters.http.authentication import Holder, TheApplication
from jobproc.adapters.http.bodies import read_credentials, reading
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.rate_limits import limit_address, limit_stranger
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import Credentials, body_of
from jobproc.adapters.http.v1.presenting import show_time
from jobproc.adapters.http.v1.schemas import Login, Refresh, ShownUser
from jobproc.application.sessions import Welcome
from jobproc.domain.users import User

GIVEN = Annotated[Credentials, Depends(read_credentials)]
BODY_PROBLEMS = ("not-json", "too-slow", "too-large", "unsupported-media-type", "invalid-input")

router = EitherSlashRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/register",
    status_code=201,
    summary="Make an account and log in",
    responses=problems(
        "registration-closed", "username-taken", *BODY_PROBLEMS, "too-many-requests", "unavailable"
    ),
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


@router.post(
    "/refresh",
    summary="Exchange a refresh token for a new pair",
    responses=problems(
        "refresh-reused", "not-authenticated", *BODY_PROBLEMS, "too-many-requests", "unavailable"
    ),
    openapi_extra=body_of(Refresh),
    dependencies=[Depends(limit_stranger)],
)
async def refresh(application: TheApplication, given: Annotated[Refresh, Depends(reading(Refresh))]) -> Login:
    """A refresh token is good once. One that comes again ends the session, unless it was used a moment ago."""
    return show_welcome(await application.refresh_session(given.refresh_token))


@router.post(
    "/logout",
    status_code=204,
    response_class=Response,
    summary="End this session",
    responses=problems("not-authenticated", "insufficient-scope", "too-many-requests", "unavailable"),
)
async def logout(application: TheApplication, caller: Holder) -> None:
    """Its access tokens are refused within 5 seconds."""
    await application.logout(caller)


@router.post(
    "/logout-all",
    status_code=204,
    response_class=Response,
    summary="End all of your sessions",
    responses=problems("not-authenticated", "insufficient-scope", "too-many-requests", "unavailable"),
)
async def logout_everywhere(application: TheApplication, caller: Holder) -> None:
    """Their access tokens are refused within 5 seconds. API keys stay."""
    await application.logout_everywhere(caller.user_id)


def show_welcome(welcome: Welcome) -> Login:
    """The user and their new tokens."""
    return Login(
        user=show_user(welcome.user),
        access_token=welcome.access_token,
        refresh_token=welcome.refresh_token,
        expires_in=welcome.expires_in,
    )


def show_user(user: User) -> ShownUser:
    """What users may know of themselves."""
    return ShownUser(id=str(user.id), username=user.username.text, created_at=show_time(user.created_at))

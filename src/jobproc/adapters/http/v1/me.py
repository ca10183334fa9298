"""The caller's own account."""

from typing import Annotated

from fastapi import Depends, Response

from jobproc.adapters.http.authentication import Anybody, Holder, TheApplication
from jobproc.adapters.http.bodies import reading
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import body_of
from jobproc.adapters.http.v1.auth import BODY_PROBLEMS, show_user
from jobproc.adapters.http.v1.schemas import PasswordChange, ShownUser

router = EitherSlashRouter(prefix="/me", tags=["accounts"])


@router.get(
    "", summary="Who you are", responses=problems("not-authenticated", "too-many-requests", "unavailable")
)
async def get_me(application: TheApplication, caller: Anybody) -> ShownUser:
    """The user whom the access token or the API key speaks for."""
    return show_user(await application.get_user(caller))


@router.post(
    "/password",
    status_code=204,
    response_class=Response,
    summary="Change your password",
    responses=problems(
        "not-authenticated",
        "invalid-credentials",
        "insufficient-scope",
        *BODY_PROBLEMS,
        "too-many-requests",
        "unavailable",
    ),
    openapi_extra=body_of(PasswordChange),
)
async def change_password(
    application: TheApplication,
    caller: Holder,
    change: Annotated[PasswordChange, Depends(reading(PasswordChange))],
) -> None:
    """Ends all of your other sessions. API keys stay."""
    await application.change_password(caller, change.current_password, change.new_password)

"""Who asks: the bearer token of a request, and the application behind it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from jobproc.application.application import Application
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity

bearer = HTTPBearer(auto_error=False, description="The `access_token` that registering or logging in gave.")


async def application_of(request: Request) -> Application:
    """The application that the server opened at its start."""
    application: Application = request.state.application
    return application


TheApplication = Annotated[Application, Depends(application_of)]


StillIn = Callable[[], Awaitable[Identity]]


async def checking(
    application: TheApplication, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> StillIn:
    """Finds out, as often as it is called, whom the request speaks for; nobody: `NotAuthenticated`."""
    if credentials is None:
        raise NotAuthenticated("Not authenticated")
    return partial(application.authenticate, credentials.credentials)


# For answers that last: their caller may be logged out meanwhile.
Check = Annotated[StillIn, Depends(checking)]


async def identify(check: Check) -> Identity:
    """Whom the request speaks for; nobody: `NotAuthenticated`."""
    return await check()


Caller = Annotated[Identity, Depends(identify)]

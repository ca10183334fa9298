"""Who asks: the bearer token of a request, and the application behind it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from jobproc.adapters.http.rate_limits import address_of, limit, traffic_of
from jobproc.application.application import Application
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.scopes import Scope
from jobproc.domain.sessions import Identity

bearer = HTTPBearer(auto_error=False, description="An `access_token`, or an API key.")


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
    return partial(_authenticate, application, credentials)


async def _authenticate(
    application: Application, credentials: HTTPAuthorizationCredentials | None
) -> Identity:
    if credentials is None:
        raise NotAuthenticated("Not authenticated")
    return await application.authenticate(credentials.credentials)


# For answers that last: their caller may be logged out meanwhile.
Check = Annotated[StillIn, Depends(checking)]


async def identify(request: Request, check: Check, needed: SecurityScopes) -> Identity:
    """Whom the request speaks for, within their limit; nobody: `NotAuthenticated`, counted by address.

    Without a scope that the call needs: `Refused`.
    """
    try:
        identity = await check()
    except NotAuthenticated:
        await limit(request, traffic_of(request), address_of(request))
        raise
    request.state.user_id = identity.user_id
    await limit(request, traffic_of(request), str(identity.user_id))
    for scope in needed.scopes:
        identity.require(Scope(scope))
    return identity


# Who calls; each call says by one of these what it does.
Anybody = Annotated[Identity, Security(identify)]
Reader = Annotated[Identity, Security(identify, scopes=[Scope.READ])]
Writer = Annotated[Identity, Security(identify, scopes=[Scope.WRITE])]
Holder = Annotated[Identity, Security(identify, scopes=[Scope.ACCOUNT])]

"""Who asks: the bearer token of a request, and the application behind it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from jobproc.adapters.http.rate_limits import address_of, limit, traffic_of
from jobproc.application.application import Application
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.scopes import Scope
from jobproc.domain.sessions import Identity


async def application_of(request: Request) -> Application:
    """The application that the server opened at its start."""
    application: Application = request.scope["state"]["application"]
    return application


TheApplication = Annotated[Application, Depends(application_of)]


StillIn = Callable[[], Awaitable[Identity]]


async def checking(request: Request) -> StillIn:
    """Finds out, as often as it is called, whom the request speaks for; nobody: `NotAuthenticated`."""
    return partial(_authenticate, request)


async def _authenticate(request: Request) -> Identity:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("Not authenticated")
    application = await application_of(request)
    return await application.authenticate(token)


# For answers that last: their caller may be logged out meanwhile.
Check = Annotated[StillIn, Depends(checking)]


async def identify(request: Request, check: StillIn, needed: Sequence[Scope] = ()) -> Identity:
    """Whom the request speaks for, within their limit; nobody: `NotAuthenticated`, counted by address.

    Without a scope that the call needs: `Refused`.
    """
    identity = await _known(request, check)
    await limit(request, traffic_of(request), str(identity.user_id))
    for scope in needed:
        identity.require(scope)
    return identity


async def _known(request: Request, check: StillIn) -> Identity:
    try:
        identity = await check()
    except NotAuthenticated:
        await limit(request, traffic_of(request), address_of(request))
        raise
    request.scope["state"]["user_id"] = identity.user_id
    return identity


async def require(request: Request, *needed: Scope) -> Identity:
    """Whom the bearer token of the request speaks for, as `identify` finds it."""
    return await identify(request, partial(_authenticate, request), needed)


def required(*needed: Scope) -> dict[str, Any]:
    """The same in the description of a call."""
    return {"security": [{Door.scheme_name: [str(each) for each in needed]}]}


class Door(SecurityBase):
    """The bearer scheme of the description, and at once who holds such a token: each dependency costs time."""

    model = HTTPBearer(description="An `access_token`, or an API key.")
    scheme_name = "HTTPBearer"

    async def __call__(self, request: Request, needed: SecurityScopes) -> Identity:
        """Whom the request speaks for."""
        return await require(request, *map(Scope, needed.scopes))


_door = Door()
# Who calls; each call says by one of these what it does.
Anybody = Annotated[Identity, Security(_door)]
Reader = Annotated[Identity, Security(_door, scopes=[Scope.READ])]
Writer = Annotated[Identity, Security(_door, scopes=[Scope.WRITE])]
Holder = Annotated[Identity, Security(_door, scopes=[Scope.ACCOUNT])]

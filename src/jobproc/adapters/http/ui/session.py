"""A browser's session: a cookie that no script reads, no other site sends, and no other part of the service takes."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response

from jobproc.adapters.http import authentication
from jobproc.adapters.http.authentication import StillIn, TheApplication
from jobproc.application.application import Application
from jobproc.application.browsers import Stay
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity

COOKIE = "jobproc_session"
PATH = "/ui"


def keep_in(response: Response, request: Request, stay: Stay) -> None:
    """Let the browser stay signed in for so long."""
    response.set_cookie(
        COOKIE,
        stay.key,
        max_age=stay.seconds,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def let_out(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


async def checking(request: Request, application: TheApplication) -> StillIn:
    """Finds out, as often as it is called, who sits at the browser; nobody: `NotAuthenticated`."""
    return partial(_recognize, application, request.cookies.get(COOKIE))


async def _recognize(application: Application, key: str | None) -> Identity:
    if key is None:
        raise NotAuthenticated("Sign in to see this page.")
    return await application.recognize_browser(key)


Check = Annotated[StillIn, Depends(checking)]


async def identify(request: Request, check: Check) -> Identity:
    """Who sits at the browser, within their limit; nobody: `NotAuthenticated`."""
    request.state.visitor = identity = await authentication.identify(request, check)
    return identity


Visitor = Annotated[Identity, Depends(identify)]

"""Signing up, in and out."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.bodies import check
from jobproc.adapters.http.errors import STATUS
from jobproc.adapters.http.rate_limits import limit_address
from jobproc.adapters.http.schemas import Credentials
from jobproc.adapters.http.ui.forms import Form
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Check, keep_in, let_out
from jobproc.application.application import Application
from jobproc.application.sessions import Welcome
from jobproc.domain.errors import Conflict, InvalidInput, JobprocError, NotAuthenticated, Refused, TooMany

HOME = "/ui"
# What whoever fills in the form can mend; all else is a page of its own.
THEIRS = (InvalidInput, NotAuthenticated, Conflict, Refused, TooMany)

Next = Annotated[str, Query(alias="next")]
router = APIRouter(prefix="/ui")


@router.get("/sign-in")
async def show_sign_in(request: Request, next: Next = HOME) -> Response:
    """The form for those who have an account."""
    return _form(request, "sign_in.html", next)


@router.get("/sign-up")
async def show_sign_up(request: Request, next: Next = HOME) -> Response:
    """The form for those who want one."""
    return _form(request, "sign_up.html", next)


@router.post("/sign-in", dependencies=[Depends(limit_address)])
async def sign_in(request: Request, application: TheApplication, form: Form) -> Response:
    """Open a session."""
    try:
        given = _credentials(form)
        return await _entering(
            request, application, form, await application.login(given.username, given.password)
        )
    except THEIRS as error:
        return _again(request, "sign_in.html", form, error)


@router.post("/sign-up", dependencies=[Depends(limit_address)])
async def sign_up(request: Request, application: TheApplication, form: Form) -> Response:
    """Make an account and open a session."""
    try:
        given = _credentials(form)
        return await _entering(
            request, application, form, await application.register(given.username, given.password)
        )
    except THEIRS as error:
        return _again(request, "sign_up.html", form, error)


@router.post("/sign-out")
async def sign_out(application: TheApplication, identify: Check) -> Response:
    """End the session; nobody's is over already."""
    with suppress(NotAuthenticated):
        await application.logout(await identify())
    response = RedirectResponse("/ui/sign-in", 303)
    let_out(response)
    return response


def _credentials(form: Form) -> Credentials:
    return check(Credentials, {name: form.get(name, "") for name in ("username", "password")})


def _form(request: Request, template: str, next: str) -> Response:
    return page(request, template, next=_ours(next), username="", error=None, faults={})


def _again(request: Request, template: str, form: Form, error: JobprocError) -> Response:
    """The form with what was wrong; a password is never sent back."""
    faults = (
        {each.pointer[1:]: each.detail for each in error.faults} if isinstance(error, InvalidInput) else {}
    )
    values: dict[str, Any] = {"next": _ours(form.get("next", HOME)), "username": form.get("username", "")}
    return page(request, template, status=STATUS[type(error)], error=error.detail, faults=faults, **values)


async def _entering(request: Request, application: Application, form: Form, welcome: Welcome) -> Response:
    response = RedirectResponse(_ours(form.get("next", HOME)), 303)
    keep_in(response, request, await application.keep_signed_in(welcome))
    return response


def _ours(place: str) -> str:
    """A page of this service; nobody is sent elsewhere by a link to the form."""
    return place if place == HOME or place.startswith(("/ui?", "/ui/")) else HOME

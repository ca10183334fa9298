"""Refusals as pages, or as notices on the page that asked."""

from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from jobproc.adapters.http.errors import Refusal
from jobproc.adapters.http.problems import PROBLEMS
from jobproc.adapters.http.ui.pages import is_part, page
from jobproc.adapters.http.ui.session import COOKIE, let_out

HOME, SIGN_IN = "/ui", "/ui/sign-in"
NOTICE = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}


def present_page(request: Request, refusal: Refusal) -> Response:
    """As something to read, and to do next."""
    if refusal.status == 401:
        return _let_in(request)
    kept = {name: value for name, value in refusal.headers.items() if name != "WWW-Authenticate"}
    template, headers = ("notice.html", kept | NOTICE) if is_part(request) else ("error.html", kept)
    return page(
        request,
        template,
        status=refusal.status,
        headers=headers,
        refusal=refusal,
        title=PROBLEMS[refusal.code].title,
    )


def _let_in(request: Request) -> Response:
    """The way to sign in; the page that was wanted comes after it."""
    if is_part(request):
        return _forgetting(request, Response(status_code=401, headers={"HX-Redirect": SIGN_IN}))
    # A form that was sent cannot be sent again by itself.
    if request.method != "GET":
        return _forgetting(request, RedirectResponse(SIGN_IN, 303))
    place = f"{request.url.path}?{request.url.query}".rstrip("?")
    if request.headers.get("sec-fetch-site") == "cross-site":
        return page(request, "arriving.html", place=place)
    if request.url.path.rstrip("/") == HOME:
        return page(request, "sign_in.html", next=HOME, username="", error=None, faults={})
    return _forgetting(request, RedirectResponse(f"{SIGN_IN}?{urlencode({'next': place})}", 303))


def _forgetting(request: Request, response: Response) -> Response:
    if COOKIE in request.cookies:
        let_out(response)
    return response

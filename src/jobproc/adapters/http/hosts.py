"""By which names the service may be called."""

import re
from collections.abc import Collection

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jobproc.adapters.http.errors import Presenter, Refusal

# Machines ask by address; what they learn is no secret, or wants a token.
PROBES = {"/livez", "/readyz", "/metrics"}
_HOST = re.compile(r"([\w.~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(:\d*)?", re.ASCII)


class Hosts:
    """Refuses requests without one good `Host`, or for a host that is not ours.

    A name may begin with `*.` for all names below it; `*` alone is every name.
    """

    def __init__(self, app: ASGIApp, *, allowed: Collection[str], present: Presenter) -> None:
        self._app = app
        self._any = "*" in allowed
        self._names = {name for name in allowed if not name.startswith("*.")}
        self._endings = tuple(name[1:] for name in allowed if name.startswith("*."))
        self._present = present

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 400."""
        if scope["type"] == "http" and (detail := self._fault(scope)):
            answer = self._present(Request(scope), Refusal(400, "unknown-host", detail))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _fault(self, scope: Scope) -> str | None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            return "Send one Host header: a name or an address, and a port where there is one."
        if self._any or scope["path"] in PROBES or self._is_ours(found[1].lower()):
            return None
        return "This service does not go by the name of the Host header."

    def _is_ours(self, name: str) -> bool:
        return name in self._names or name.endswith(self._endings)

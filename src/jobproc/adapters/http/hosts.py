"""By which names the service may be called."""

import re
from collections.abc import Collection

from starlette.types import Scope

# Machines ask by address; what they learn is no secret, or wants a token.
PROBES = {"/livez", "/readyz", "/metrics"}
_HOST = re.compile(r"([\w.~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(:\d*)?", re.ASCII)


class Hosts:
    """The hosts that are ours; a name may begin with `*.` for all names below it, and `*` alone is every name."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._any = "*" in allowed
        self._names = {name for name in allowed if not name.startswith("*.")}
        self._endings = tuple(name[1:] for name in allowed if name.startswith("*."))

    def fault_of(self, scope: Scope) -> str | None:
        """What is wrong with a request that has not one good `Host`, or one that is not ours."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            return "Send one Host header: a name or an address, and a port where there is one."
        if self._any or scope["path"] in PROBES or self._is_ours(found[1].lower()):
            return None
        return "This service does not go by the name of the Host header."

    def _is_ours(self, name: str) -> bool:
        return name in self._names or name.endswith(self._endings)

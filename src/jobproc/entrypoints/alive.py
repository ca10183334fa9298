"""`jobproc alive`: the health check of a container."""

import httpx2

from jobproc.domain.errors import Unavailable

ANSWER_SECONDS = 3


def ask_alive(port: int) -> None:
    """Return when the process that listens on that port of this machine is alive; else `Unavailable`."""
    try:
        answer = httpx2.get(f"http://127.0.0.1:{port}/livez", timeout=ANSWER_SECONDS, trust_env=False)
    except httpx2.TransportError:
        raise Unavailable(f"Nobody answers at port {port} of this machine.") from None
    if answer.status_code != 200:
        raise Unavailable(f"Port {port} of this machine answers {answer.status_code}.")

"""Where a process listens."""

import socket

from jobproc.domain.errors import ConfigurationError


def require_free(host: str, port: int) -> None:
    """Refuse an address that this machine does not have, or that somebody else listens on."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {place(host, port)}: {error.strerror}. Choose another with --port or --host."
        ) from None


def place(host: str, port: int) -> str:
    """As it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

"""Sockets that are listened on."""

import socket

from otel_lift.errors import ConfigError

__all__ = ["BACKLOG", "cannot_listen", "listen"]

BACKLOG = 1024
"""Connections that may wait to be accepted."""


def listen(endpoint: str, *, reuse_port: bool) -> socket.socket:
    """Open a listening socket at ``host:port`` or ``[v6]:port``; raises OSError."""
    host, _, port = endpoint.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family, kind, proto, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(reuse_port))
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def cannot_listen(endpoint: str, error: Exception, path: str = "") -> ConfigError:
    """Make the error for an endpoint that cannot be had; `path` is where the user wrote it."""
    why = error.strerror if isinstance(error, OSError) else "it is taken, or no address of this machine"
    where = f"{path}: " if path else ""
    return ConfigError(
        f"{where}cannot listen on {endpoint} ({why}); stop the program that has this port, or give another endpoint"
    )

"""Listening: sockets with errors for people, and ASGI applications served on them."""

from otel_lift.net.asgi import AsgiServer, AsgiThread
from otel_lift.net.sockets import BACKLOG, cannot_listen, listen

__all__ = ["BACKLOG", "AsgiServer", "AsgiThread", "cannot_listen", "listen"]

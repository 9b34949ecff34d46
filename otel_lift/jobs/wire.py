"""The control socket and what passes over it: JSON, one object a line.

The gateway says ``{"gateway": id}``; the client asks ``{"operation": name, "arguments": {...}}``; then come
``{"value": {...}}`` for each answer, and last ``{"done": true}`` or ``{"error": {"class": ..., "message": ...}}``.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import otel_lift.errors
from otel_lift.errors import OtelLiftError, PermanentError, RetryableError

__all__ = ["LONGEST_REQUEST", "SOCKET", "address", "error_of", "line", "read", "written"]

SOCKET = "control.sock"
"""The socket's name in the folder ``run`` of the data folder."""

LONGEST_REQUEST = 4 << 20
"""Bytes of a request's line; what is larger comes from a file that the operation reads."""

_LONGEST_ADDRESS = 100  # bytes; systems take 104 to 108


@contextmanager
def address(folder: Path, name: str = SOCKET) -> Iterator[str]:
    """Answer an address of the socket `name` in `folder`, short enough for the system whatever the folder is called."""
    path = os.fspath(folder / name)
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def line(message: Mapping[str, Any]) -> bytes:
    """Write a message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def read(file: Any, limit: int = -1) -> dict[str, Any] | None:
    """Read one message of a binary file, None at the end; raises ValueError for what is none or is over the limit."""
    data = file.readline(limit)
    if not data:
        return None
    if not data.endswith(b"\n"):
        raise ValueError("the message has no end")
    message = json.loads(data)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")  # noqa: TRY004 - callers tell one kind of wrong message
    return message


def written(error: OtelLiftError) -> dict[str, Any]:
    """Write an error so that `error_of` raises it alike elsewhere."""
    after = {"retry_after": error.retry_after} if isinstance(error, RetryableError) else {}
    return {"class": type(error).__name__, "message": str(error), **after}


def error_of(told: Mapping[str, Any]) -> OtelLiftError:
    """Answer the error that `written` wrote; a class of a later version is told as one that does not pass."""
    name, message = str(told.get("class")), str(told.get("message"))
    kind = getattr(otel_lift.errors, name, None) if name in otel_lift.errors.__all__ else None
    if kind is None:
        return PermanentError(message)
    error: OtelLiftError = kind(message)
    if isinstance(error, RetryableError):
        error.retry_after = float(told.get("retry_after", error.retry_after))
    return error

"""Reading HTTP request bodies with bounded memory and time."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Self

from otel_lift.errors import BackpressureError, TooLargeError
from otel_lift.receivers.otlp.decompress import decompress

__all__ = ["Body", "InFlight", "Receive"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_INLINE = 16 << 10
"""Bodies up to this size are decompressed on the event loop: a thread costs more than they do."""
_MAX_DISCARD = 128 << 20


class InFlight:
    """Counts the bytes that all requests of an event loop hold; refuses more than `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def take(self, size: int) -> None:
        """Count `size` more bytes; raises BackpressureError if they are too many."""
        if self.held and self.held + size > self._limit:
            raise BackpressureError("the gateway holds as many request bytes as it may; send the request again later")
        self.held += size

    def give(self, size: int) -> None:
        """Count `size` bytes less."""
        self.held -= size


class Body:
    """The body of one request; use as a context manager, which gives back what it held of `in_flight`.

    `timeout` in seconds is for all of it; `declared` is its `Content-Length`, 0 if there is none.
    """

    def __init__(self, receive: Receive, in_flight: InFlight, timeout: float, declared: int) -> None:
        self._receive = receive
        self._in_flight = in_flight
        self._deadline = asyncio.get_running_loop().time() + timeout
        self._declared = declared
        self._held = 0
        self.complete = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._in_flight.give(self._held)

    async def read(self, coding: str, limit: int) -> bytes:
        """Read and decompress it all.

        Raises TooLargeError over `limit` bytes, DecodeError for a broken stream, BackpressureError, TimeoutError after
        the deadline, and ConnectionResetError if the client went away.
        """
        # incompressible data grows a little by compression: gzip, deflate and zstd all stay within this
        wire_limit = limit if coding == "identity" else limit + (limit >> 8) + 1024
        data = await self._read_raw(wire_limit)
        if coding == "identity" or not data:
            return data
        if len(data) <= _INLINE:
            payload = decompress(data, coding, limit)
        else:
            payload = await asyncio.to_thread(decompress, data, coding, limit)
        self._hold(len(payload))
        return payload

    async def discard(self) -> None:
        """Read what is left and throw it away, within the deadline and a bound.

        A client that is still sending when the connection closes never reads the answer, and would send it all again.
        """
        left = _MAX_DISCARD if self._declared <= _MAX_DISCARD else 0
        try:
            while not self.complete and left > 0:
                left -= len(await self._chunk())
        except (TimeoutError, ConnectionResetError):
            return

    async def _read_raw(self, limit: int) -> bytes:
        if self._declared > limit:
            raise TooLargeError("the body is over the size limit")
        chunk = await self._chunk()
        size = len(chunk)
        parts = [chunk]
        while True:
            if size > limit:
                raise TooLargeError("the body is over the size limit")
            self._hold(len(parts[-1]))
            if self.complete:
                return parts[0] if len(parts) == 1 else b"".join(parts)
            chunk = await self._chunk()
            size += len(chunk)
            parts.append(chunk)

    async def _chunk(self) -> bytes:
        async with asyncio.timeout_at(self._deadline):
            message = await self._receive()
        if message["type"] != "http.request":
            raise ConnectionResetError("the body broke off")
        self.complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    def _hold(self, size: int) -> None:
        self._in_flight.take(size)
        self._held += size

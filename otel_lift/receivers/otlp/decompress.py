"""Content codings of HTTP request bodies, undone with bounded memory."""

import sys
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from otel_lift.errors import DecodeError, TooLargeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["CODINGS", "decompress"]

_IN_STEP = 1 << 16  # so that what a stream leaves unused is never a long copy
_OUT_STEP = 1 << 20
_MAX_STREAMS = 1024  # concatenated gzip members or zstd frames; a bomb of empty ones would only burn time
_ZSTD_WINDOW = 23  # 8 MiB, the most that RFC 9659 lets a zstd content coding ask for


class _Stream(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes | memoryview, max_length: int) -> bytes: ...


class _Inflate:
    """`zlib.decompressobj` with the interface of the newer decompressors of the standard library."""

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes | memoryview, max_length: int) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail or data, max_length)


def _zstd() -> Any:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW})


CODINGS: dict[str, Callable[[], _Stream]] = {
    "gzip": lambda: _Inflate(16 + zlib.MAX_WBITS),
    "deflate": lambda: _Inflate(zlib.MAX_WBITS),
    "zstd": _zstd,
}
"""The content codings that are understood, by their name in `Content-Encoding`."""


def decompress(data: bytes, coding: str, limit: int) -> bytes:
    """Undo one of `CODINGS`; concatenated gzip members and zstd frames are one body (RFC 1952, RFC 8878).

    Raises `TooLargeError` as soon as more than `limit` bytes have come out, and `DecodeError` for bytes that are not a
    complete stream of that coding.
    """
    view = memoryview(data)
    parts: list[bytes] = []
    at = streams = 0
    try:
        while at < len(view):
            streams += 1
            if streams > _MAX_STREAMS or (streams > 1 and coding == "deflate"):
                raise DecodeError(f"the {coding} body has data after its end")
            stream = CODINGS[coding]()
            at, limit = _read_stream(stream, view, at, parts, limit)
    except (zlib.error, zstd.ZstdError) as error:
        raise DecodeError(f"the body is not valid {coding}: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _read_stream(stream: _Stream, view: memoryview, at: int, parts: list[bytes], limit: int) -> tuple[int, int]:
    """Append what one stream holds to `parts`; answer where it ended and what is left of the limit."""
    while not stream.eof:
        chunk = view[at : at + _IN_STEP] if stream.needs_input else b""
        part = stream.decompress(chunk, min(_OUT_STEP, limit + 1))
        at += len(chunk)
        if part:
            limit -= len(part)
            if limit < 0:
                raise TooLargeError("the body is over the size limit once decompressed")
            parts.append(part)
        elif not len(chunk) and not stream.eof:
            raise DecodeError("the compressed body ends too early")
    return at - len(stream.unused_data), limit

"""Content codings undone with bounded memory."""

import contextlib
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from otlp_clients import COMPRESS

from otel_lift.errors import DecodeError, TooLargeError
from otel_lift.receivers.otlp.decompress import CODINGS, decompress

ANY_CODING = st.sampled_from(sorted(CODINGS))


@given(ANY_CODING, st.binary(max_size=5000), st.integers(1, 200))
def test_round_trip(coding: str, data: bytes, times: int) -> None:
    """What was compressed comes back, exactly up to the limit."""
    body = data * times
    assert decompress(COMPRESS[coding](body), coding, len(body)) == body
    if body:
        with pytest.raises(TooLargeError):
            decompress(COMPRESS[coding](body), coding, len(body) - 1)


@given(st.sampled_from(["gzip", "zstd"]), st.lists(st.binary(max_size=300), max_size=20))
def test_concatenated_streams(coding: str, parts: list[bytes]) -> None:
    """Concatenated gzip members or zstd frames are one body, under one limit."""
    body, plain = b"".join(map(COMPRESS[coding], parts)), b"".join(parts)
    assert decompress(body, coding, len(plain)) == plain
    if plain:
        with pytest.raises(TooLargeError):
            decompress(body, coding, len(plain) - 1)


@given(ANY_CODING, st.binary(min_size=1, max_size=2000), st.data())
def test_truncated(coding: str, data: bytes, draw: st.DataObject) -> None:
    """A stream that was cut anywhere is refused."""
    body = COMPRESS[coding](data)
    cut = draw.draw(st.integers(1, len(body) - 1))
    with pytest.raises(DecodeError):
        decompress(body[:cut], coding, 10_000)


@given(ANY_CODING, st.binary(max_size=200))
def test_garbage(coding: str, data: bytes) -> None:
    """Any bytes either come out within the limit or are refused by our own errors."""
    with contextlib.suppress(DecodeError, TooLargeError):
        assert len(decompress(data, coding, 1000)) <= 1000


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_data_after_the_end(coding: str) -> None:
    """Bytes after a stream that are no further stream are refused."""
    with pytest.raises(DecodeError):
        decompress(COMPRESS[coding](b"x") + b"trailing", coding, 1000)


def test_deflate_is_one_stream() -> None:
    """Concatenated deflate streams, which no standard knows, are refused."""
    with pytest.raises(DecodeError, match="after its end"):
        decompress(zlib.compress(b"x") * 2, "deflate", 1000)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_endless_empty_streams(coding: str) -> None:
    """Very many empty streams, which cost time and give nothing, are refused."""
    with pytest.raises(DecodeError, match="after its end"):
        decompress(COMPRESS[coding](b"") * 100_000, coding, 1000)


def test_zstd_window() -> None:
    """A zstd frame that asks for a window over 8 MiB, and so for that much memory, is refused."""
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = stream.compress(bytes(1000)) + stream.flush()
    with pytest.raises(DecodeError, match="zstd"):
        decompress(body, "zstd", 10_000)


def test_no_body() -> None:
    """No bytes at all are an empty body in any coding."""
    assert [decompress(b"", coding, 0) for coding in sorted(CODINGS)] == [b""] * 3

"""Reliability P4 and P5: size limits, and bombs."""

import subprocess
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
import zstandard
from otlp_clients import COMPRESS, JSON, PROTOBUF, Serve, grpc_details, post, send

MIB = 1 << 20
LIMIT = 100_000
HTTP = {"max_request_body_size": LIMIT}
SIZES = pytest.mark.parametrize(("size", "status"), [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413)])


def chunks(body: bytes) -> Iterator[bytes]:
    """Cut the body in pieces, so that a client sends it in chunks."""
    for at in range(0, len(body), 30_000):
        yield body[at : at + 30_000]


@SIZES
@pytest.mark.parametrize("chunked", [False, True], ids=["content-length", "chunked"])
@pytest.mark.parametrize("coding", COMPRESS)
def test_http_limit(serve: Serve, size: int, status: int, chunked: bool, coding: str) -> None:
    """The HTTP limit is exact, after decompression, with Content-Length and in chunks; over it is 413 for good."""
    served = serve(http=HTTP)
    body = COMPRESS[coding](b"x" * size)
    reply = served.post("/v1/traces", chunks(body) if chunked else body, content_encoding=coding)
    assert (reply.status, reply.headers["retry-after"]) == (status, None)
    assert [len(request.payload) for request in served.sink.requests] == ([size] if status == 200 else [])


@SIZES
def test_http_limit_of_what_does_not_compress(serve: Serve, size: int, status: int) -> None:
    """A body that grew by compression counts by its plain size."""
    import random

    body = COMPRESS["gzip"](random.Random(1).randbytes(size))
    assert len(body) > size
    assert serve(http=HTTP).post("/v1/traces", body, content_encoding="gzip").status == status


def test_the_connection_lives_on_after_413(serve: Serve) -> None:
    """A client that sends too much in full reads its 413, and goes on over the same connection."""
    connection = serve(http=HTTP).connect()
    statuses = [
        send(connection, "POST", "/v1/traces", b"x" * size, {"content-type": PROTOBUF}).status
        for size in (5 * MIB, 10, LIMIT + 1, 10)
    ]
    assert statuses == [413, 200, 413, 200]


def test_expect_is_refused_before_the_body(serve: Serve) -> None:
    """A client that asks first is told 413 without being asked for its body."""
    connection = serve(http=HTTP).connect()
    connection.putrequest("POST", "/v1/traces")
    for name, value in {"content-type": PROTOBUF, "content-length": str(MIB), "expect": "100-continue"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413


@pytest.mark.parametrize("coding", [grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_grpc_limit(serve: Serve, coding: grpc.Compression) -> None:
    """The gRPC limit is exact after decompression; over it is RESOURCE_EXHAUSTED for good, and the channel lives on."""
    served = serve(grpc={"max_recv_msg_size_mib": 1})
    served.export("traces", b"x" * (MIB - 1), compression=coding)
    served.export("traces", b"x" * MIB, compression=coding)
    with pytest.raises(grpc.RpcError) as caught:
        served.export("traces", b"x" * (MIB + 1), compression=coding)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not grpc_details(error).details
    assert [len(request.payload) for request in served.sink.requests] == [MIB - 1, MIB]


def test_more_events_than_allowed(serve: Serve) -> None:
    """Events are limited by number and by size."""
    served = serve(http={"max_events": 2, "max_event_body_size": 200})
    event = b'{"event":"page_load"}'
    assert served.post("/v1/events", b"[" + b",".join([event] * 2) + b"]", JSON).status == 200
    assert served.post("/v1/events", b"[" + b",".join([event] * 3) + b"]", JSON).status == 400
    assert served.post("/v1/events", event + b" " * 200, JSON).status == 413


def bomb(coding: str, mebibytes: int) -> bytes:
    """Many mebibytes of zeros, compressed piece by piece."""
    stream = (
        zstandard.ZstdCompressor().compressobj()
        if coding == "zstd"
        else zlib.compressobj(wbits=31 if coding == "gzip" else 15)
    )
    zeros = bytes(MIB)
    return b"".join([stream.compress(zeros) for _ in range(mebibytes)]) + stream.flush()


SERVER = """
import resource, sys
from pathlib import Path
from otel_lift.pipeline import Services
from otel_lift.receivers.otlp import COMPONENT
from otel_lift.testing.sinks import RecordingSink

config = COMPONENT.config.model_validate({"protocols": {
    "grpc": {"endpoint": "127.0.0.1:0", "max_recv_msg_size_mib": 8},
    "http": {"endpoint": "127.0.0.1:0", "max_request_body_size": 8 << 20},
}})
receiver = COMPONENT.create(config, Services("otlp", Path(".")), RecordingSink())
receiver.start()
print(receiver.ports["grpc"], receiver.ports["http"], flush=True)
for line in sys.stdin:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
receiver.stop(1)
"""


class Apart:
    """A receiver in a process of its own, with limits of 8 MiB."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        grpc_port, http_port = map(int, self._line().split())
        self.ports = {"grpc": grpc_port, "http": http_port}

    def peak(self) -> int:
        """Answer the most memory that the process ever had, in MiB."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line()) >> 10

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=20)

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Start a receiver whose memory can be measured."""
    process = Apart()
    yield process
    process.close()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_http_bombs(apart: Apart, coding: str) -> None:
    """256 MiB behind a small body are refused over HTTP, at a cost of memory near the limit of 8 MiB."""
    body = bomb(coding, 256)
    assert len(body) < 4 * MIB
    before = apart.peak()
    reply = post(apart.ports["http"], "/v1/traces", body, content_encoding=coding)
    assert reply.status == 413
    assert apart.peak() - before < 40


def test_grpc_bombs(apart: Apart) -> None:
    """256 MiB behind a small message are refused over gRPC, at a cost of memory near the limit of 8 MiB."""
    before = apart.peak()
    with grpc.insecure_channel(f"127.0.0.1:{apart.ports['grpc']}") as channel:
        opened: Any = channel
        export = opened.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as caught:
            export(bytes(256 * MIB), timeout=60, compression=grpc.Compression.Gzip)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert apart.peak() - before < 40


def test_bombs_in_bombs(serve: Serve) -> None:
    """Only one coding is undone: a bomb within a gzip body stays small."""
    inner = bomb("gzip", 64)
    served = serve(http=HTTP)
    assert served.post("/v1/traces", COMPRESS["gzip"](inner), content_encoding="gzip").status == 200
    assert served.sink.requests[0].payload == inner
    assert served.post("/v1/traces", COMPRESS["gzip"](inner), content_encoding="gzip, gzip").status == 400

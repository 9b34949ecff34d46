"""The load generator against real servers: what it sends arrives whole, and refusals do not pass for answers."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from benchmarks.server import Server
from benchmarks.shapes import Shape
from benchmarks.traffic.files import STAMP
from benchmarks.traffic.run import send
from otel_lift.batch import Signal

_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_LARGE = 700_000  # far more than a window of HTTP/2 and a socket's buffer


@contextmanager
def _grpc_server(answer: Callable[[bytes, Any], bytes]) -> Iterator[Server]:
    options = [("grpc.max_receive_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(8), options=options)
    handler = grpc.method_handlers_generic_handler(
        _PATH.split("/")[1], {"Export": grpc.unary_unary_rpc_method_handler(answer)}
    )
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield Server(psutil.Process(), port, 0)
    finally:
        server.stop(None).wait()


def _shape(payloads: list[bytes], connections: int = 3) -> Shape:
    return Shape("test", lambda _made, _records: payloads, Signal.TRACES, connections=connections, made=len(payloads))


def test_requests_arrive_whole_over_grpc(tmp_path: Path) -> None:
    """A gRPC server receives every request as it was encoded, empty, small and larger than the windows."""
    payloads = [b"", b"a", b"b" * 20_000, bytes(range(256)) * (_LARGE // 256)]
    arrived: list[bytes] = []

    def answer(payload: bytes, _context: Any) -> bytes:
        arrived.append(payload)
        return b""

    with _grpc_server(answer) as server:
        seen = send(server, _shape(payloads), tmp_path, 42)
    assert sorted(arrived) == sorted(payloads[number % 4] for number in range(42))
    assert len(seen.latencies) == 42
    assert seen.quantile(0.0) <= seen.quantile(0.5) <= seen.quantile(1.0)


def test_an_open_loop_sends_each_request_once(tmp_path: Path) -> None:
    """At a rate, requests are sent once each, also while fewer connections are free than requests are due."""
    arrived: list[bytes] = []
    first, released = threading.Event(), threading.Event()

    def answer(payload: bytes, _context: Any) -> bytes:
        arrived.append(payload)
        if not first.is_set():
            first.set()
            released.wait(60)
        elif len(arrived) >= 10:
            released.set()
        return b""

    payloads = [b"%d" % number for number in range(30)]
    with _grpc_server(answer) as server:
        seen = send(server, _shape(payloads), tmp_path, 30, rate=2_000.0, connections=2)
    assert sorted(arrived) == sorted(payloads)
    assert len(seen.latencies) == 30


def test_a_refusal_over_grpc_ends_the_load(tmp_path: Path) -> None:
    """An answer with an error status is no acknowledgement, and the load says how many there were."""
    calls = iter(range(10))

    def answer(_payload: bytes, context: Any) -> bytes:
        if next(calls) % 2:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
        return b""

    with _grpc_server(answer) as server, pytest.raises(RuntimeError, match="refused 5 of 10 requests"):
        send(server, _shape([b"x"], connections=1), tmp_path, 10)


def test_stamps_make_requests_differ(tmp_path: Path) -> None:
    """What is stamped holds the request's number, so that no two requests of a benchmark are the same."""
    arrived: list[bytes] = []

    def answer(payload: bytes, _context: Any) -> bytes:
        arrived.append(payload)
        return b""

    with _grpc_server(answer) as server:
        for _ in range(2):
            send(server, _shape([b"<" + STAMP + b"," + STAMP + b">"]), tmp_path, 20)
    assert len(set(arrived)) == 40
    for payload in arrived:
        first, second = payload.strip(b"<>").split(b",")
        assert first == second
        int(first, 16)


def test_requests_arrive_whole_over_http(tmp_path: Path) -> None:
    """An HTTP server receives every request as it was encoded, on as many kept connections as were asked for."""
    payloads = [b"a", bytes(range(256)) * (_LARGE // 256)]
    arrived: list[bytes] = []
    clients: set[Any] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            arrived.append(self.rfile.read(int(self.headers["Content-Length"])))
            clients.add(self.client_address)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        server = Server(psutil.Process(), 0, listener.server_address[1])
        send(server, _shape(payloads), tmp_path, 20, protocol="http")
        listener.shutdown()
    assert sorted(arrived) == sorted(payloads * 10)
    assert len(clients) == 3

"""Reliability P8, and the life of a receiver: slow clients, draining, taken ports."""

import logging
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from otlp_clients import SERVICES, Serve, Served, send

from otel_lift.errors import ConfigError
from otel_lift.kernel import Outcome
from otel_lift.pipeline import Services
from otel_lift.receivers.otlp import COMPONENT, OtlpConfig
from otel_lift.receivers.otlp.receiver import OtlpReceiver
from otel_lift.service.ports import refusal
from otel_lift.testing.sinks import RecordingSink

HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"


def until_closed(port: int, sent: bytes, drip: bytes = b"") -> tuple[bytes, float]:
    """Send bytes, then a drip now and then; answer what came back until the server closed, and after how long."""
    started = time.monotonic()
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as client:
        client.sendall(sent)
        while time.monotonic() - started < 20:
            try:
                part = client.recv(65536)
            except TimeoutError:
                if drip:
                    client.sendall(drip)
                continue
            except ConnectionResetError:
                break
            if not part:
                break
            received += part
        else:
            pytest.fail("the connection was not closed")
    return received, time.monotonic() - started


@pytest.mark.parametrize("sent", [b"", b"POST /v1/tra", HEAD], ids=["nothing", "a start", "no end"])
def test_slow_headers(serve: Serve, sent: bytes) -> None:
    """A connection that does not send a complete head in time is closed."""
    served = serve(http={"read_header_timeout": 0.3})
    _, seconds = until_closed(served.ports["http"], sent)
    assert 0.2 < seconds < 5


def test_idle_connection(serve: Serve) -> None:
    """A connection that is idle after a request is closed."""
    served = serve(http={"read_header_timeout": 0.3})
    received, _ = until_closed(served.ports["http"], HEAD + b"Content-Length: 0\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("framing", "drip"),
    [(b"Content-Length: 1000\r\n\r\n", b"x"), (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")],
    ids=["content-length", "chunked"],
)
def test_slow_body(serve: Serve, framing: bytes, drip: bytes) -> None:
    """A body that drips in is answered 408 at its deadline, and the connection closed."""
    served = serve(http={"body_timeout": 0.5})
    received, seconds = until_closed(served.ports["http"], HEAD + framing, drip)
    assert received.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in received
    assert 0.4 < seconds < 5
    assert served.sink.requests == []


def test_a_client_that_goes_away(served: Served) -> None:
    """A connection that is closed amid a body costs nothing, and its bytes are no longer held."""
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", served.ports["http"])) as client:
            client.sendall(HEAD + b"Content-Length: 1000\r\n\r\nx")
    assert served.post("/v1/traces", b"").status == 200
    assert len(served.sink.requests) == 1


@pytest.mark.parametrize("rest", [b"zz\r\n", b"5\r\nab"], ids=["not a chunk", "half a chunk"])
def test_broken_chunks(served: Served, rest: bytes) -> None:
    """A chunked body that is malformed or breaks off is answered 400, and the connection closed."""
    with socket.create_connection(("127.0.0.1", served.ports["http"]), timeout=10) as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + rest)
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 400")
    assert served.sink.requests == []


def test_absurd_length(served: Served) -> None:
    """A client that announces far too much is refused at once."""
    received, seconds = until_closed(served.ports["http"], HEAD + b"Content-Length: 9999999999999\r\n\r\nabc")
    assert received.startswith(b"HTTP/1.1 413")
    assert seconds < 5


def test_silent_grpc_connection(serve: Serve) -> None:
    """A connection to the gRPC port that does not speak HTTP/2 in time is closed."""
    served = serve(grpc={"handshake_timeout": 0.3})
    _, seconds = until_closed(served.ports["grpc"], b"")
    assert seconds < 5


def test_slow_grpc_calls(serve: Serve) -> None:
    """Calls whose messages never come are cancelled at a deadline, even if no more may arrive meanwhile."""
    served = serve(grpc={"max_receiving_calls": 2, "body_timeout": 0.5})
    never = threading.Event()

    def no_message() -> Any:
        never.wait(20)
        yield b""

    opened = served.channel().stream_unary(f"/{SERVICES['traces']}/Export")
    slow = [opened.future(no_message()) for _ in range(2)]
    assert served.export("traces", b"in time") == b""
    assert {call.code() for call in slow} == {grpc.StatusCode.CANCELLED}
    assert [request.payload for request in served.sink.requests] == [b"in time"]
    never.set()


def test_a_call_without_a_message(served: Served) -> None:
    """A call that ends without a message is refused and not handed on."""
    export = served.channel().stream_unary(f"/{SERVICES['traces']}/Export")
    with pytest.raises(grpc.RpcError) as caught:
        export(iter(()))
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert served.sink.requests == []


def test_stop_drains(served: Served) -> None:
    """Stopping waits for requests in flight, which still succeed, and closes the ports."""
    served.sink.answer = None
    ports = served.ports
    with ThreadPoolExecutor(3) as pool:
        over_grpc = pool.submit(served.export, "traces", b"1")
        over_http = pool.submit(served.post, "/v1/traces", b"2")
        served.sink.wait(2)
        stopping = pool.submit(served.receiver.stop, 20)
        for port in ports.values():
            _wait_closed(port)
        assert not stopping.done()
        served.sink.release(Outcome(accepted=1))
        stopping.result(10)
        assert over_grpc.result() == b""
        assert over_http.result().status == 200


def test_stop_does_not_wait_for_ever(served: Served) -> None:
    """Stopping gives up on requests that do not finish within the grace; their clients are to send them again."""
    served.sink.answer = None
    with ThreadPoolExecutor(2) as pool:
        over_grpc = pool.submit(served.export, "traces", b"1")
        over_http = pool.submit(served.post, "/v1/traces", b"2")
        served.sink.wait(2)
        started = time.monotonic()
        served.receiver.stop(0.3)
        assert time.monotonic() - started < 5
        served.sink.release(Outcome())
        with pytest.raises(grpc.RpcError) as caught:
            over_grpc.result()
        error: Any = caught.value
        assert error.code() in {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}
        assert over_http.result().status == 503


def test_stop_closes_idle_connections(served: Served) -> None:
    """An idle kept-alive connection does not delay the stop."""
    connection = served.connect()
    assert send(connection, "POST", "/v1/traces", b"", {"content-type": "application/x-protobuf"}).status == 200
    started = time.monotonic()
    served.receiver.stop(20)
    assert time.monotonic() - started < 5


def test_stop_without_start(tmp_path: Path) -> None:
    """A receiver that was never started can be stopped, and listens nowhere."""
    config = OtlpConfig.model_validate({"protocols": {"grpc": None, "http": None}})
    receiver = OtlpReceiver(config, Services("otlp", tmp_path), RecordingSink())
    receiver.stop(1)
    assert receiver.ports == {}


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_taken_ports(served: Served, protocol: str, tmp_path: Path) -> None:
    """A port that is taken is a configuration error that says what to do, and leaves no other port open."""
    free = OtlpConfig.model_validate({"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}})
    first = OtlpReceiver(free, Services("otlp", tmp_path), RecordingSink())
    first.start()
    spare = first.ports["grpc"]
    first.stop(1)
    endpoints = {"grpc": f"127.0.0.1:{spare}", "http": "127.0.0.1:0"}
    endpoints[protocol] = f"127.0.0.1:{served.ports[protocol]}"
    protocols = {name: {"endpoint": endpoint} for name, endpoint in endpoints.items()}
    config = OtlpConfig.model_validate({"protocols": protocols})
    told = f"cannot listen on {endpoints[protocol]}.*stop the program"
    with pytest.raises(ConfigError, match=rf"^receivers\.otlp\.protocols\.{protocol}\.endpoint: {told}"):
        OtlpReceiver(config, Services("otlp", tmp_path), RecordingSink()).start()
    refusals = [str(refusal("receivers.otlp", endpoint)) for endpoint in COMPONENT.endpoints(config)]
    assert [re.search(told, text) is not None for text in refusals] == [name == protocol for name in endpoints]
    if protocol == "http":
        _wait_closed(spare)


def test_workers_share_ports(serve: Serve, tmp_path: Path) -> None:
    """With several workers a second receiver listens on the same ports; the check beforehand still finds them taken."""
    first = serve(shares_ports=True)
    protocols = {name: {"endpoint": f"127.0.0.1:{port}"} for name, port in first.ports.items()}
    second = serve(**protocols, shares_ports=True)
    assert second.ports == first.ports
    config = OtlpConfig.model_validate({"protocols": protocols})
    assert all(refusal("receivers.otlp", endpoint) for endpoint in COMPONENT.endpoints(config))
    first.receiver.stop(1)
    assert second.export("traces", b"") == b""
    assert second.post("/v1/traces", b"").status == 200


def _wait_closed(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it was waiting to be accepted when the port closed
        time.sleep(0.02)
    pytest.fail(f"port {port} still accepts")


def test_starting_leaves_logging_alone(serve: Serve, tmp_path: Path) -> None:
    """Starting a receiver closes no log handler of the process."""
    handler = logging.FileHandler(tmp_path / "gateway.log", mode="w")
    logger = logging.getLogger("otel_lift.test")
    logger.addHandler(handler)
    try:
        serve()
        logger.error("still here")
    finally:
        logger.removeHandler(handler)
        handler.close()
    assert (tmp_path / "gateway.log").read_text() == "still here\n"

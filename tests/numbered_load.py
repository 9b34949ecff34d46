"""Load whose every record can be found again, and the log of what was acknowledged: the oracle of reliability tests."""

import http.client
import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from gateways import HOST, query
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_clients import PROTOBUF, SERVICES, Reply, post

ROWS = 3
"""Records of one request."""

_QUICK = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)


def logs(number: int, **attributes: str) -> bytes:
    """Answer a request of log records that are Lift events, so that each becomes a row in two tables."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for row in range(ROWS):
        record = scope.log_records.add(time_unix_nano=time.time_ns(), severity_number=17, event_name="lift.api_error")
        record.body.string_value = "upstream failed"
        for key, value in {"test.id": _id(number, row), **attributes}.items():
            record.attributes.add(key=key).value.string_value = value
    serialised: bytes = request.SerializeToString()
    return serialised


def spans(number: int) -> bytes:
    """Answer a request of spans."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for row in range(ROWS):
        now = time.time_ns()
        span = scope.spans.add(name="GET /", start_time_unix_nano=now, end_time_unix_nano=now + 1_000_000)
        span.trace_id, span.span_id = uuid.uuid4().bytes, uuid.uuid4().bytes[:8]
        span.attributes.add(key="test.id").value.string_value = _id(number, row)
    serialised: bytes = request.SerializeToString()
    return serialised


@dataclass
class ClientLog:
    """What clients know: the numbers of requests that were sent, and of those that were acknowledged."""

    sent: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def number(self) -> int:
        """Answer the number of a new request; one that is sent again is a new one."""
        with self._changed:
            number = next(self._numbers)
            self.sent.add(number)
            return number

    def acknowledge(self, number: int) -> None:
        """Note a reply that says success."""
        with self._changed:
            self.acknowledged.add(number)
            self._changed.notify_all()

    def wait_more(self, count: int, timeout: float = 60.0) -> None:
        """Return when `count` more requests than now are acknowledged; raises TimeoutError."""
        with self._changed:
            wanted = len(self.acknowledged) + count
            if not self._changed.wait_for(lambda: len(self.acknowledged) >= wanted, timeout):
                raise TimeoutError(f"{len(self.acknowledged)} requests were acknowledged, not {wanted}")

    def check(self, stored: "Counter[str]", *, rows: int = ROWS) -> None:
        """Compare one table with the log.

        Each acknowledged request is there exactly once, each other one as a whole at most once, and nothing else.
        """
        doubled = [id_ for id_, count in stored.items() if count > 1]
        lost = [id_ for id_ in _ids(self.acknowledged, rows) if id_ not in stored]
        requests = Counter(int(id_[1:].partition("x")[0]) for id_ in stored)
        torn = [number for number, count in requests.items() if count != rows]
        assert (doubled, lost, torn) == ([], [], [])
        assert requests.keys() <= self.sent


class GrpcClient:
    """A client that keeps its connection, and opens a new one soon when that breaks."""

    def __init__(self, port: int, signal: str = "logs") -> None:
        self._channel = _channel(port)
        self._call = self._channel.unary_unary(f"/{SERVICES[signal]}/Export")

    def send(self, payload: bytes) -> bool:
        """Send once; answers whether it was acknowledged."""
        try:
            self._call(payload, timeout=20)
        except grpc.RpcError:
            return False
        return True

    def refusal(self, payload: bytes) -> Any:
        """Send once and answer the error, None if there was none."""
        try:
            self._call(payload, timeout=20)
        except grpc.RpcError as error:
            return error
        return None

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


def _channel(port: int) -> Any:
    return grpc.insecure_channel(f"{HOST}:{port}", options=_QUICK)


class HttpClient:
    """A client with a connection a request."""

    def __init__(self, port: int) -> None:
        self._port = port

    def reply(self, payload: bytes) -> Reply:
        """Send logs once; raises OSError or HTTPException where there is no reply."""
        return post(self._port, "/v1/logs", payload, PROTOBUF)

    def send(self, payload: bytes) -> bool:
        """Send logs once; answers whether they were acknowledged."""
        try:
            return self.reply(payload).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def close(self) -> None:
        """Keep nothing."""


@contextmanager
def load(
    ports: Mapping[str, int], make: Callable[[int], bytes] = logs, *, clients: int = 4, pause: float = 0.02
) -> Iterator[ClientLog]:
    """Send log requests from several threads until the end of the context; the log it gives goes on being filled."""
    client_log, stop = ClientLog(), threading.Event()

    def run(client: GrpcClient | HttpClient) -> None:
        while not stop.is_set():
            number = client_log.number()
            if client.send(make(number)):
                client_log.acknowledge(number)
                stop.wait(pause)
            else:
                stop.wait(5 * pause)
        client.close()

    made = [HttpClient(ports["http"]) if i % 2 else GrpcClient(ports["grpc"]) for i in range(clients)]
    threads = [threading.Thread(target=run, args=(client,), daemon=True) for client in made]
    for thread in threads:
        thread.start()
    try:
        yield client_log
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def send_all(client: GrpcClient | HttpClient, client_log: ClientLog, make: Callable[[int], bytes], count: int) -> None:
    """Send so many requests, each of which must be acknowledged."""
    for _ in range(count):
        number = client_log.number()
        assert client.send(make(number))
        client_log.acknowledge(number)


_COLUMNS = {
    "otel_logs": "LogAttributes['test.id']",
    "otel_traces": "SpanAttributes['test.id']",
    "lift_events": "properties['test.id']",
}


def stored(port: int, table: str, database: str = "otel") -> "Counter[str]":
    """Count how often each record's id is in a table, through a SQL endpoint."""
    # the gateway's own events, of jobs that failed while the store was away, have no id of a request
    rows = query(port, f"SELECT {_COLUMNS[table]} AS id, count() FROM {database}.{table} GROUP BY id HAVING id != ''")
    return Counter({id_: int(count) for id_, count in rows})


def holds(port: int, client_log: ClientLog, table: str = "otel_logs", database: str = "otel") -> bool:
    """Whether all that was acknowledged can be found; false too while nothing answers."""
    try:
        found = stored(port, table, database)
    except (OSError, RuntimeError):
        return False
    return all(id_ in found for id_ in _ids(client_log.acknowledged, ROWS))


def _id(number: int, row: int) -> str:
    return f"r{number}x{row}"


def _ids(numbers: set[int], rows: int) -> Iterator[str]:
    return (_id(number, row) for number in sorted(numbers) for row in range(rows))

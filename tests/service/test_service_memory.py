"""How much memory the gateway takes at full load; the embedded engine, in a process of its own, does not count."""

import threading
import time
import uuid
from pathlib import Path

import psutil
import pytest
from clickhouse_engines import server_process
from gateways import Gateway, gateway, until
from numbered_load import GrpcClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_SPANS = 1000
_LIMIT = 250 * 10**6


def _request() -> bytes:
    """Make a request of spans with twelve attributes, about 580 bytes each, every span its own trace."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = group.scope_spans.add()
    for row in range(_SPANS):
        now = time.time_ns()
        span = scope.spans.add(name=f"GET /items/{row % 40}", start_time_unix_nano=now, end_time_unix_nano=now + 10**6)
        span.trace_id, span.span_id = uuid.uuid4().bytes, uuid.uuid4().bytes[:8]
        texts = {
            "http.request.method": "GET",
            "http.route": f"/items/{row % 40}",
            "url.path": f"/items/{row}",
            "url.scheme": "https",
            "server.address": "shop.example.com",
            "network.protocol.version": "1.1",
            "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "cart.step": f"the customer looked at item {row} of the catalogue",
            "deployment.region": "eu-west-1",
        }
        for key, value in texts.items():
            span.attributes.add(key=key).value.string_value = value
        for key in ("http.response.status_code", "cart.size", "retry.count"):
            span.attributes.add(key=key).value.int_value = row % 7
    serialised: bytes = request.SerializeToString()
    return serialised


def _resident(processes: list[psutil.Process]) -> int:
    """Count private pages of each, and what they share (the libraries) once: as much as one has of it."""
    taken = [process.memory_full_info() for process in processes]
    return sum(one.uss for one in taken) + max(one.rss - one.uss for one in taken)


def measure(running: Gateway, seconds: float) -> tuple[list[int], int]:
    """Send as fast as the gateway acknowledges; answer the bytes resident each second, and the number of spans."""
    stop = threading.Event()
    acknowledged: list[bool] = []
    payloads = [_request() for _ in range(8)]

    def run() -> None:
        client = GrpcClient(running.ports["grpc"], "traces")
        while not stop.is_set():
            acknowledged.extend(client.send(payload) for payload in payloads)
        client.close()

    senders = [threading.Thread(target=run) for _ in range(2)]
    for sender in senders:
        sender.start()
    resident = []
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and not stop.wait(1):
            resident.append(_resident(running.children()))
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    return resident, sum(acknowledged) * _SPANS


def test_no_process_loads_pandas(tmp_path: Path) -> None:
    """pandas, which chdb requires and pyarrow imports where it finds it, is in no process of a running gateway."""
    with gateway(tmp_path) as running:
        client = GrpcClient(running.ports["grpc"], "traces")
        assert client.send(_request())
        until(lambda: running.total("exported_rows", table="otel_traces") == _SPANS, "the engine has stored")
        client.close()
        processes = [psutil.Process(running.supervisor.pid), *running.children()]
        mapped = [file.path for process in processes for file in process.memory_maps()]
        assert any("/pyarrow/" in path for path in mapped)
        assert not any("/pandas/" in path for path in mapped)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_memory_stays_flat_at_full_load(tmp_path: Path) -> None:
    """Over ten minutes the ingest and the store process stay under 250 MB, and the second half needs no more."""
    with (
        server_process(tmp_path / "server", "--write") as port,
        gateway(tmp_path, dsn=f"clickhouse://127.0.0.1:{port}/otel") as running,
    ):
        resident, spans = measure(running, 600)
        until(lambda: running.total("exported_rows", table="otel_traces") == spans, "all is stored", 120)
        assert running.terminate() == 0
    half = len(resident) // 2
    first, second = sum(resident[:half]) / half, sum(resident[half:]) / (len(resident) - half)
    print(f"{spans:,} spans; bytes: {first:,.0f}, then {second:,.0f}, at most {max(resident):,}")  # noqa: T201 - for a person
    assert max(resident) < _LIMIT
    assert second <= 1.1 * first

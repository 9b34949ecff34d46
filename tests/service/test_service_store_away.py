"""What clients were told is kept while the store is away, slow, or loses its replies (R2, R3, R8, R9)."""

import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from clickhouse_engines import server_process
from gateways import Gateway, free_port, gateway, until
from numbered_load import ClientLog, GrpcClient, HttpClient, holds, load, logs, send_all, spans, stored
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from otlp_clients import grpc_details, retry_delay
from tcp_proxy import Proxy


def _dsn(port: int, database: str = "otel") -> str:
    return f"clickhouse://127.0.0.1:{port}/{database}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run one server for all tests, each of which has a database of its own."""
    with server_process(tmp_path_factory.mktemp("server") / "store", "--write") as port:
        yield port


def _check(port: int, client_log: ClientLog, database: str) -> None:
    client_log.check(stored(port, "otel_logs", database))
    client_log.check(stored(port, "lift_events", database))


def test_a_stop_without_the_store_deletes_nothing(tmp_path: Path) -> None:
    """What was acknowledged before a graceful stop with the store down is stored once by the next start with it up."""
    port, client_log = free_port(), ClientLog()
    with Gateway(tmp_path, dsn=_dsn(port)) as running:
        running.start()
        client = GrpcClient(running.ports["grpc"])
        send_all(client, client_log, logs, 40)
        until(lambda: running.total("export_retries") > 0, "the exporter met the closed port")
        assert running.terminate() == 0
        assert running.spooled() > 0
        running.start()
        send_all(client, client_log, logs, 5)
        with server_process(tmp_path / "server", "--port", str(port), "--write"):
            until(lambda: holds(port, client_log, "lift_events"), "all is stored")
            assert running.terminate() == 0
            assert running.spooled() == 0
            _check(port, client_log, "otel")
        client.close()


def _fill(client: GrpcClient, client_log: ClientLog) -> Any:
    for _ in range(2000):
        number = client_log.number()
        refused = client.refusal(logs(number))
        if refused is not None:
            return refused
        client_log.acknowledge(number)
    raise AssertionError("the spool took more than it may")


def test_a_full_spool_refuses_and_recovers(tmp_path: Path) -> None:
    """At the disk limit requests are refused with a delay in both protocols; what was taken before is kept and stored.

    When the store comes back the spool drains, plain clients are served again, and what an SDK held back arrives.
    """
    port, client_log = free_port(), ClientLog()
    service = {"spool": {"segment_max_age": 0.2, "max_bytes": 1_500_000}}
    with gateway(tmp_path, dsn=_dsn(port), service=service, processors={}) as running:
        client, plain = GrpcClient(running.ports["grpc"]), HttpClient(running.ports["http"])
        refused = _fill(client, client_log)
        assert refused.code() is grpc.StatusCode.UNAVAILABLE
        delay = retry_delay(grpc_details(refused))
        assert delay is not None
        assert delay > 0
        reply = plain.reply(logs(client_log.number()))
        assert (reply.status, reply.headers["Retry-After"]) == (503, str(math.ceil(delay)))
        provider = TracerProvider()
        exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{running.ports['grpc']}", insecure=True, timeout=60)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        held_back = {"test.id": "r0x0", "large": os.urandom(50_000).hex()}
        provider.get_tracer("test").start_span("held back", attributes=held_back).end()
        refusals = running.total("requests_refused")
        flush = threading.Thread(target=provider.force_flush, args=(60_000,))
        flush.start()
        until(lambda: running.total("requests_refused") > refusals, "the SDK's span was refused")
        with server_process(tmp_path / "server", "--port", str(port), "--write"):
            until(lambda: holds(port, client_log), "what was taken is stored")
            until(lambda: running.spooled() == 0, "the spool is empty")
            send_all(client, client_log, logs, 5)
            number = client_log.number()
            assert plain.send(logs(number))
            client_log.acknowledge(number)
            flush.join(60)
            provider.shutdown()
            client.close()
            assert running.terminate() == 0
            assert running.spooled() == 0
            _check(port, client_log, "otel")
            assert stored(port, "otel_traces") == {"r0x0": 1}


def test_lost_requests_and_replies_change_nothing(tmp_path: Path, server: int) -> None:
    """Behind a proxy that breaks connections before and after the store's reply, what was sent is stored once."""
    with Proxy(server) as proxy:
        with gateway(tmp_path, dsn=_dsn(proxy.port, "lossy")) as running:
            proxy.lose_requests = proxy.lose_replies = 0.3
            with load(running.ports, clients=2) as client_log:
                until(lambda: min(proxy.lost.values()) >= 10, "ten of each are lost", 100)
            proxy.lose_requests = proxy.lose_replies = 0.0
            until(lambda: running.spooled() == 0, "the spool is empty")
            assert running.total("export_refused") == 0
            assert running.terminate() == 0
            assert running.spooled() == 0
        _check(server, client_log, "lossy")


def test_a_store_that_hangs_delays_only(tmp_path: Path, server: int) -> None:
    """While the store answers nothing, requests are acknowledged; an insert whose reply came too late counts once."""
    with Proxy(server) as proxy, Gateway(tmp_path, dsn=_dsn(proxy.port, "hanging")) as running:
        running.config["exporters"]["clickhouse"]["insert_timeout"] = 1
        running.write()
        running.start()
        with load(running.ports, clients=2) as client_log:
            until(lambda: running.total("exported_rows") > 0, "the store is in use")
            proxy.hang()
            proxy.wait_held()
            retries = running.total("export_retries")
            until(lambda: running.total("export_retries") >= retries + 2, "inserts were given up and tried again")
            client_log.wait_more(20)
            proxy.go_on()
            client_log.wait_more(20)
        assert running.terminate() == 0
        assert running.spooled() == 0
        _check(server, client_log, "hanging")


def test_an_exporter_that_is_down_holds_up_no_other(tmp_path: Path, server: int) -> None:
    """Of two exporters, behind one pipeline or two, one goes on while the other is down, which catches up later."""
    port, logs_log, spans_log = free_port(), ClientLog(), ClientLog()
    with Gateway(tmp_path) as running:
        running.config["exporters"] = {
            "clickhouse/up": running.exporter(_dsn(server, "up")),
            "clickhouse/down": running.exporter(_dsn(port, "down")),
        }
        one = {"receivers": ["otlp"], "processors": []}
        running.config["service"]["pipelines"] = {
            "traces/a": {**one, "exporters": ["clickhouse/up"]},
            "traces/b": {**one, "exporters": ["clickhouse/down"]},
            "logs": {**one, "exporters": ["clickhouse/up", "clickhouse/down"]},
        }
        running.write()
        running.start()
        clients = GrpcClient(running.ports["grpc"]), GrpcClient(running.ports["grpc"], "traces")
        for _ in range(2):
            send_all(clients[0], logs_log, logs, 10)
            send_all(clients[1], spans_log, spans, 10)
            until(lambda: holds(server, logs_log, database="up"), "logs pass")
            until(lambda: holds(server, spans_log, "otel_traces", "up"), "spans pass")
        until(lambda: running.total("export_retries", exporter="clickhouse/down") > 0, "the other one is down")
        with server_process(tmp_path / "server", "--port", str(port), "--write"):
            until(lambda: holds(port, logs_log, database="down"), "logs catch up")
            until(lambda: holds(port, spans_log, "otel_traces", "down"), "spans catch up")
            assert running.terminate() == 0
            assert running.spooled() == 0
            for where, database in ((server, "up"), (port, "down")):
                _check(where, logs_log, database)
                spans_log.check(stored(where, "otel_traces", database))
        for client in clients:
            client.close()

"""Starting, reloading and watching the gateway's processes."""

import json
import socket
import threading
from pathlib import Path

import pytest
from clickhouse_engines import server_process
from gateways import HOST, PROCESSORS, Gateway, gateway, query, until
from numbered_load import GrpcClient, HttpClient, holds, load, logs, spans, stored


def _noted(number: int) -> bytes:
    return logs(number, note="plain")


def test_a_reload_under_load_loses_nothing(tmp_path: Path) -> None:
    """SIGHUP brings more workers and another redaction while clients send, and no record is lost or doubled."""
    with gateway(tmp_path, service={"workers": 1}) as running:
        with load(running.ports, _noted) as client_log:
            client_log.wait_more(20)
            before = running.children("ingest")
            running.config["service"]["workers"] = 2
            running.config["processors"]["redaction"] = {"keys": [{"match": ["note"], "action": "drop"}]}
            running.reload()
            until(lambda: running.logged("the configuration was reloaded"), "reloaded")
            assert not set(before) & set(running.children("ingest"))
            assert len(running.children("ingest")) == 2
            first_after = client_log.number()
            client_log.wait_more(20)
        until(lambda: holds(running.ports["sql"], client_log), "all is stored")
        assert running.terminate() == 0
    with server_process(running.data / "store") as port:
        for table in ("otel_logs", "lift_events"):
            client_log.check(stored(port, table))
        number = "toUInt32(extract(LogAttributes['test.id'], 'r([0-9]+)x'))"
        notes = query(port, f"SELECT LogAttributes['note'], min({number}) FROM otel.otel_logs GROUP BY 1 ORDER BY 1")
        assert [note for note, _ in notes] == ["", "plain"]
        late = (
            f"SELECT count() FROM otel.otel_logs WHERE {number} > {first_after} AND mapContains(LogAttributes, 'note')"
        )
        assert query(port, late) == [[0]]


def test_a_configuration_that_cannot_run_is_not_taken(tmp_path: Path) -> None:
    """A reload with a mistake, or one whose processes cannot start, is reported; the running one goes on, whole."""
    with gateway(tmp_path) as running, socket.create_server((HOST, 0)) as taken:
        client = GrpcClient(running.ports["grpc"])
        before = {process.pid for process in running.children()}
        processors, protocols = running.config["processors"], running.config["receivers"]["otlp"]["protocols"]
        running.config["processors"] = {**processors, "redaction": {"no_such_key": True}}
        running.reload()
        until(lambda: running.logged("no_such_key"), "the mistake is reported")
        running.config["processors"] = processors
        running.config["receivers"]["otlp"]["protocols"] = {"grpc": {"endpoint": f"{HOST}:{taken.getsockname()[1]}"}}
        running.reload()
        until(lambda: running.logged("not reloaded, the running one goes on: ingest-0"), "the taken port is reported")
        assert {process.pid for process in running.children()} == before
        assert client.send(logs(0))
        running.config["receivers"]["otlp"]["protocols"] = protocols
        # What is started again later has the configuration that works, not the one that was refused.
        running.kill("ingest")
        until(lambda: client.send(logs(1)), "it is served again")
        client.close()


@pytest.mark.parametrize("name", ["grpc", "http", "health", "metrics"])
def test_a_taken_port_ends_the_start(tmp_path: Path, name: str) -> None:
    """A port that another program listens on ends `run` with code 1 and an error that names it."""
    with Gateway(tmp_path, processors={}) as running, socket.socket() as other:
        port = running.ports[name]
        other.bind((HOST, port))
        other.listen()
        running.launch()
        assert running.supervisor.wait(30) == 1
        assert running.logged(f"cannot listen on {HOST}:{port}")
        assert not running.logged("Traceback")


def test_a_second_gateway_on_the_same_ports_does_not_start(tmp_path: Path) -> None:
    """A gateway whose ports another gateway serves says so, though the ports themselves could be shared."""
    with gateway(tmp_path / "a", processors={}) as first, Gateway(tmp_path / "b", processors={}) as second:
        second.config["receivers"] = first.config["receivers"]
        second.write()
        second.launch()
        assert second.supervisor.wait(30) == 1
        assert second.logged(f"127.0.0.1:{first.ports['grpc']}")


def test_pages_tell_how_the_gateway_is(tmp_path: Path) -> None:
    """/healthz, /readyz and /metrics answer; readiness and health show a process that is gone."""
    with gateway(tmp_path) as running:
        client, plain = GrpcClient(running.ports["grpc"], "traces"), HttpClient(running.ports["http"])
        assert client.send(spans(0))
        assert plain.send(logs(0))
        status, body = running.page("/healthz")
        assert (status, json.loads(body)) == (200, {"processes": {"ingest-0": True, "store": True}})
        status, body = running.page("/readyz")
        assert status == 200
        assert json.loads(body)["ingest"] == {"ingest-0": True}
        assert running.page("/nothing")[0] == 404
        until(lambda: running.total("records_received", signal="traces") == 3, "three spans are counted")
        until(lambda: running.total("records_received", signal="logs") == 3, "three records are counted")
        stages = ("decode", "tables", "spool", *PROCESSORS)
        until(
            lambda: all(running.total("stage_cpu_seconds", stage=stage) > 0 for stage in stages),
            "every stage is counted",
        )
        until(lambda: running.total("exported_rows") >= 9, "three rows in each of three tables")
        gone = threading.Event()

        def kill() -> None:
            running.kill("ingest")
            gone.set()

        threading.Thread(target=kill).start()
        until(lambda: running.page("/readyz")[0] == 503, "not ready")
        assert gone.wait(10)
        until(lambda: running.page("/readyz")[0] == running.page("/healthz")[0] == 200, "ready again")
        # Counters outlive the process that counted.
        assert running.total("records_received", signal="traces") == 3
        client.close()

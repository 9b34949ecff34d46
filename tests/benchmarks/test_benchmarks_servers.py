"""The sink that keeps nothing, and the processes of a server as they are counted."""

import sys
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from benchmarks.server import Server, free_port, peaks, started
from benchmarks.sinks import null_sink
from otel_lift.store import open_store

_SERVER = """
import os, subprocess, sys
from http.server import HTTPServer, BaseHTTPRequestHandler
child = subprocess.Popen([sys.executable, "-c", "sum(range(3_000_000)); print(flush=True); input()"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
HTTPServer(("127.0.0.1", int(sys.argv[1])), BaseHTTPRequestHandler).serve_forever()
"""


def test_the_sink_takes_inserts_of_our_client(tmp_path: Path) -> None:
    """Our own client greets the sink as a server and inserts; the sink counts what came and keeps nothing."""
    segment = tmp_path / "segment.arrow"
    batch = pa.RecordBatch.from_pydict({"number": list(range(100_000))})
    with pa.OSFile(str(segment), "wb") as file, pa.ipc.new_stream(file, batch.schema) as stream:
        stream.write_batch(batch)
    with null_sink() as sink:
        assert sink.counted() == (0, 0)
        with open_store(f"clickhouse://u:p@127.0.0.1:{sink.port}/otel") as store:
            for token in ("a", "b"):
                store.insert_stream("otel_traces", ["number"], segment, token)
            assert store.query("SELECT count() FROM otel_traces").rows == []
        inserts, size = sink.counted()
    assert inserts == 2
    assert size == 2 * segment.stat().st_size


def test_a_server_is_all_its_processes(tmp_path: Path) -> None:
    """CPU and memory are those of the process and its children, by role, and busy children count."""
    script = tmp_path / "server.py"
    script.write_text(_SERVER)
    port = free_port()

    def role(process: psutil.Process) -> str:
        return "parent" if str(script) in process.cmdline() else "child"

    with started([sys.executable, str(script), str(port)], tmp_path / "log", port, {}) as process:
        server = Server(process, port, port, role)
        assert {role for role, _ in server.processes().values()} == {"parent", "child"}
        assert server.cpu()["child"] > 0
        with peaks(server) as memory:
            server.settle()
        assert memory["total"] >= memory["child"] > 1
    assert not process.is_running()


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    """The error holds the last words of the process, and the benchmark does not wait for what cannot come."""
    command = [sys.executable, "-c", "raise SystemExit('no such option')"]
    with (
        pytest.raises(RuntimeError, match="no such option"),
        started(command, tmp_path / "log", free_port(), {}),
    ):
        raise AssertionError

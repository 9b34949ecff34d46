"""Rotel (Rust): OTLP in, ClickHouse out, as its agent is installed from the package index."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environment import rotel, rotel_variables
from benchmarks.server import Server, free_port, started
from benchmarks.sinks import NullSink

__all__ = ["run_rotel"]

_PROCESSOR = Path(__file__).parent / "rotel_redactor.py"


@contextmanager
def run_rotel(sink: NullSink, folder: Path, *, redact: bool = False) -> Iterator[Server]:
    """Run Rotel with its defaults into `sink`; `redact` adds a Python processor with one regular expression."""
    agent = rotel()
    assert agent is not None
    grpc, http = free_port(), free_port()
    command = [str(agent), "start", "--pid-file", str(folder / "pid"), "--log-file", str(folder / "log")]
    command += ["--otlp-grpc-endpoint", f"127.0.0.1:{grpc}", "--otlp-http-endpoint", f"127.0.0.1:{http}"]
    command += ["--otlp-grpc-max-recv-msg-size-mib", "16"]
    command += ["--exporter", "clickhouse", "--clickhouse-exporter-endpoint", f"http://127.0.0.1:{sink.port}"]
    if redact:
        command += ["--otlp-with-trace-processor", str(_PROCESSOR), "--otlp-with-logs-processor", str(_PROCESSOR)]
    with started(command, folder / "output", grpc, rotel_variables()) as process:
        yield Server(process, grpc, http)

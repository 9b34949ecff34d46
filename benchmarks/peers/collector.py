"""The OpenTelemetry Collector (Go): OTLP in, ClickHouse out, built from its modules."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from benchmarks.environment import collector
from benchmarks.peers.expression import PERSONAL
from benchmarks.server import Server, free_port, started
from benchmarks.sinks import NullSink

__all__ = ["run_collector"]


@contextmanager
def run_collector(sink: NullSink, folder: Path, *, safe: bool = False) -> Iterator[Server]:
    """Run the Collector into `sink`; `safe` adds redaction by one expression and a sending queue on disk.

    Its ClickHouse exporter speaks the Native format over HTTP here, compressed by LZ4 as is its default.
    """
    built = collector()
    assert built is not None
    grpc, http = free_port(), free_port()
    file = folder / "collector.yaml"
    file.write_text(yaml.safe_dump(_configuration(sink, folder, grpc, http, safe=safe)))
    with started([str(built), "--config", str(file)], folder / "output", grpc, dict(os.environ)) as process:
        yield Server(process, grpc, http)


def _configuration(sink: NullSink, folder: Path, grpc: int, http: int, *, safe: bool) -> dict[str, Any]:
    protocols = {
        "grpc": {"endpoint": f"127.0.0.1:{grpc}", "max_recv_msg_size_mib": 16},
        "http": {"endpoint": f"127.0.0.1:{http}"},
    }
    # Blocking, since by default a full queue drops what was accepted, which would cost less than to deliver it.
    queue: dict[str, Any] = {"block_on_overflow": True} | ({"storage": "file_storage"} if safe else {})
    pipeline = {
        "receivers": ["otlp"],
        "processors": ["redaction", "batch"] if safe else ["batch"],
        "exporters": ["clickhouse"],
    }
    configuration: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": protocols}},
        "processors": {"batch": {}},
        "exporters": {
            "clickhouse": {
                "endpoint": f"http://127.0.0.1:{sink.port}",
                "database": "otel",
                "sending_queue": queue,
            }
        },
        "service": {
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "warn"}},
            "pipelines": dict.fromkeys(("traces", "logs", "metrics"), pipeline),
        },
    }
    if safe:
        configuration["processors"]["redaction"] = {"allow_all_keys": True, "blocked_values": [PERSONAL]}
        storage = {"directory": str(folder / "queue"), "create_directory": True}
        configuration["extensions"] = {"file_storage": storage}
        configuration["service"]["extensions"] = ["file_storage"]
    return configuration

"""What the tests of a person's rights share: telemetry that names people, and ways to look for them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from gateways import Gateway, query, until
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_lift.errors import OtelLiftError
from otel_lift.jobs import perform

PROCESSORS = {
    "pseudonyms": None,
    "consent": {"default": "granted"},
    "validation": None,
    "redaction": None,
    "patterns": None,
    "anonymise": None,
}
TABLES = ("otel_logs", "otel_traces", "lift_events", "otel_metrics_gauge")


def telemetry(user: str, at: int | None = None, **attributes: str) -> dict[str, bytes]:
    """Answer a request of each signal that is about a user: a failure, a span with an event, a data point."""
    now = at or time.time_ns()
    wanted = {"user.id": user, "lift.event": "api_error", "lift.message": "upstream failed", **attributes}
    logs, traces, metrics = (
        ExportLogsServiceRequest(),
        ExportTraceServiceRequest(),
        ExportMetricsServiceRequest(),
    )
    record = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=now, severity_number=17)
    record.body.string_value = "upstream failed"
    span = traces.resource_spans.add().scope_spans.add().spans.add(name="GET /", start_time_unix_nano=now)
    span.trace_id, span.span_id = b"\x01" * 16, now.to_bytes(8, "big")
    span.end_time_unix_nano = now + 1_000
    event = span.events.add(name="seen", time_unix_nano=now)
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="cart.items")
    point = metric.gauge.data_points.add(time_unix_nano=now, as_int=1)
    exemplar = point.exemplars.add(time_unix_nano=now, as_int=1)
    _put(record.attributes, wanted)
    _put(span.attributes, {"user.id": user})
    _put(event.attributes, {"user.id": user})
    _put(point.attributes, {"user.id": user})
    _put(exemplar.filtered_attributes, {"user.id": user})
    return {
        "logs": logs.SerializeToString(),
        "traces": traces.SerializeToString(),
        "metrics": metrics.SerializeToString(),
    }


def _put(attributes: Any, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        attributes.add(key=key).value.string_value = value


def rows(gateway: Gateway, table: str, condition: str = "1") -> int:
    """Count rows of a running gateway's embedded store."""
    return int(query(gateway.ports["sql"], f"SELECT count() FROM otel.{table} WHERE {condition}")[0][0])


def stored(gateway: Gateway, count: int) -> None:
    """Return when each table has so many rows."""

    def there() -> bool:
        try:
            return all(rows(gateway, table) >= count for table in TABLES)
        except (OSError, RuntimeError):
            return False  # the store is not open yet

    until(there, f"{count} rows in each table")


def last(file: Path, name: str, **arguments: Any) -> dict[str, Any]:
    """Have an operation carried out, and answer the last thing that it says."""
    answers = list(perform(file, name, arguments))
    return dict(answers[-1])


def parts_texts(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield each file below a folder with its content; data files of the engine decompressed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            try:
                content = path.read_bytes()
            except OSError:
                continue  # gone meanwhile
            yield (
                path,
                content + (_decompressed(content) if path.suffix in {".bin", ".cmrk2", ".idx", ".cidx"} else b""),
            )


def files_holding(folder: Path, needles: Sequence[str], but: Sequence[str] = ()) -> list[str]:
    """Answer the files below a folder that hold one of these texts, less those of which the path holds one of `but`."""
    return [
        str(path.relative_to(folder))
        for path, content in parts_texts(folder)
        if any(needle.encode() in content for needle in needles) and not any(one in str(path) for one in but)
    ]


def _decompressed(content: bytes) -> bytes:
    """Read blocks of the engine's format: a checksum of 16 bytes, method, sizes with and without the header."""
    texts, place = [], 0
    while place + 25 <= len(content):
        method = content[place + 16]
        packed = int.from_bytes(content[place + 17 : place + 21], "little")
        size = int.from_bytes(content[place + 21 : place + 25], "little")
        codec = {0x82: "lz4_raw", 0x90: "zstd"}.get(method)
        body = content[place + 25 : place + 16 + packed]
        if codec:
            texts.append(bytes(pa.decompress(body, size, codec)))
        place += 16 + packed
    return b"".join(texts)


__all__ = [
    "PROCESSORS",
    "TABLES",
    "OtelLiftError",
    "files_holding",
    "last",
    "parts_texts",
    "rows",
    "stored",
    "telemetry",
]

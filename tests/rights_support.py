"""What the tests of a person's rights share: telemetry that names people, and ways to look for them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from command_line import gateway_file
from gateways import Gateway, query, until
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_lift.config import load
from otel_lift.errors import OtelLiftError
from otel_lift.jobs import JobContext, perform
from otel_lift.jobs.context import ContextMaker
from otel_lift.jobs.exports import IdleExports
from otel_lift.jobs.stores import Stores
from otel_lift.keys import KeyRing
from otel_lift.pipeline import NullMeter
from otel_lift.store import Store, open_store
from otel_lift.store.names import identifier, literal
from otel_lift.store.schema import SchemaOptions, apply

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


KEYS = """\
ledger: {ledger}
old: {old}, 2026-05-01
new: {new}, 2026-11-01
""".format(ledger="1a2b3c4d5e6f7081" * 4, old="92a3b4c5d6e7f809" * 4, new="a1b2c3d4e5f60718" * 4)
RING = KeyRing.parse(KEYS, "test")


@dataclass
class Place:
    """A gateway's configuration and data folder that nothing runs on, and its store, which is open."""

    file: Path
    data: Path
    store: Store
    options: SchemaOptions

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, as mappings of columns."""
        for names in dict.fromkeys(tuple(row) for row in rows):
            alike = [row for row in rows if tuple(row) == names]
            self.store.command(
                f"INSERT INTO {self.options.qualified(table)} ({', '.join(map(identifier, names))}) VALUES "
                + ", ".join(f"({', '.join(_literal(row[name]) for name in names)})" for row in alike),
                settings={"async_insert": 0, "insert_deduplicate": 0},
            )

    def all(self, table: str, condition: str = "1") -> list[tuple[Any, ...]]:
        """Answer all rows of a table for which a condition holds, sorted."""
        found = self.store.query(f"SELECT * FROM {self.options.qualified(table)} WHERE {condition}").rows
        return sorted((tuple(row) for row in found), key=repr)

    def one(self, sql: str) -> tuple[Any, ...]:
        """Answer the only row of a query; ``{db}`` stands for the database."""
        (row,) = self.store.query(sql.replace("{db}", identifier(self.options.database))).rows
        return tuple(row)

    @contextmanager
    def context(self) -> Iterator[JobContext]:
        """Make what jobs work with, as the store process does."""
        config = load(self.file)
        stores = Stores(config)
        stores.open()
        try:
            yield ContextMaker(config, stores, IdleExports(self.data), NullMeter()).make()
        finally:
            stores.close()


@contextmanager
def place(folder: Path, dsn: str, **service: Any) -> Iterator[Place]:
    """Make a configuration over a store with its schema in place."""
    keys = folder / "keys"
    keys.write_text(KEYS)
    file = gateway_file(
        folder,
        {
            "processors": {"pseudonyms": {"keys": {"file": str(keys)}}},
            "exporters": {"clickhouse": {"dsn": dsn, "sql_endpoint": None}},
            "service": service,
        },
    )
    config = load(file)
    with open_store(dsn) as store:
        options = SchemaOptions(database=store.dsn.database)
        apply(store, options)
        yield Place(file, config.service.data, store, options)


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{literal(str(key))}, {_literal(one)}" for key, one in value.items())
        return f"map({pairs})"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return literal(value)


__all__ = [
    "KEYS",
    "PROCESSORS",
    "RING",
    "TABLES",
    "OtelLiftError",
    "Place",
    "files_holding",
    "last",
    "parts_texts",
    "place",
    "rows",
    "stored",
    "telemetry",
]

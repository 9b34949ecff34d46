"""What the tests of the spool share: rows that can be told apart, and a store that keeps the promise of tokens."""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pyarrow as pa

from otel_lift.spool import Files, Segment, SpoolConfig, SpoolReader, SpoolWriter, TableRows

LOGS, EVENTS = "otel_logs", "lift_events"
STORE = "clickhouse"


def rows(ids: Iterable[int], table: str = LOGS) -> TableRows:
    """Answer rows with these ids, and with dictionaries of their own, inside a map too."""
    ids = list(ids)
    keys = pa.array([f"key-{i}" for i in ids for _ in range(2)]).dictionary_encode()
    values = pa.array([f"value-{i}-{j}" for i in ids for j in range(2)])
    offsets = pa.array(range(0, 2 * len(ids) + 1, 2), type=pa.int32())
    columns = {
        "Id": pa.array(ids, type=pa.int64()),
        "ServiceName": pa.array([f"service-{i % 3}" for i in ids]).dictionary_encode(),
        "LogAttributes": pa.MapArray.from_arrays(offsets, keys, values),
    }
    return TableRows(table, pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns)))


def config(**options: Any) -> SpoolConfig:
    """Answer a configuration that seals only when told to, unless the options say otherwise."""
    return SpoolConfig(**({"segment_max_age": 3600, "retry_interval": 0.002} | options))


def writer(folder: Path, files: Files | None = None, **options: Any) -> SpoolWriter:
    """Answer a started writer."""
    started = SpoolWriter(folder, config(**options), files)
    started.start()
    return started


def outcome(future: "Future[None]") -> BaseException | None:
    """Wait for a write and answer its error, if it has one."""
    return future.exception(timeout=20)


def read(segment: Segment) -> Any:
    """Answer a segment's rows as a table."""
    return pa.ipc.open_stream(segment.path.read_bytes()).read_all()


class Store:
    """Keeps what is inserted once for each token, as ClickHouse does, and refuses a token with other rows."""

    def __init__(self) -> None:
        self._inserts: dict[str, tuple[str, list[int]]] = {}

    def insert(self, segment: Segment) -> None:
        """Take a segment."""
        segment.verify()
        data = read(segment)
        ids = data["Id"].to_pylist()
        assert len(ids) == segment.rows
        for i, attributes in zip(ids, data["LogAttributes"].to_pylist(), strict=True):
            assert attributes == [(f"key-{i}", f"value-{i}-{j}") for j in range(2)]
        assert self._inserts.setdefault(segment.token, (segment.table, ids)) == (segment.table, ids)

    def drain(self, folder: Path, exporter: str = STORE, files: Files | None = None) -> int:
        """Take all that is sealed for an exporter and answer the number of segments."""
        reader = SpoolReader(folder, exporter, files)
        segments = list(reader.segments())
        for segment in segments:
            self.insert(segment)
            reader.done(segment)
        return len(segments)

    def count(self, table: str = LOGS) -> Counter[int]:
        """Count how often each id is stored."""
        return Counter(i for name, ids in self._inserts.values() if name == table for i in ids)

    def ids(self, table: str = LOGS) -> Sequence[int]:
        """Answer all ids that are stored, sorted, with their doubles."""
        return sorted(self.count(table).elements())

"""Stores to test with: the embedded engine, and the same engine as a server in a process of its own.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

import io
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from otel_lift.store import Dsn, Store, open_store

TODAY = int(time.time()) // 86_400 * 86_400
"""Start of the day in Unix seconds; rows that are older than the time to live vanish at the insert."""


@contextmanager
def server_process(path: Path, *options: str, token: str | None = None) -> Iterator[int]:
    """Run the SQL endpoint over `path` in another process and answer its port; it ends with our standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "otel_lift.store.endpoint", "--path", str(path), "--port", "0", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"OTEL_LIFT_SQL_TOKEN": token} if token else None,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


@contextmanager
def store_on(engine: str, tmp_path: Path, server_port: int) -> Iterator[Store]:
    """Open a store of the wanted kind on an empty database of its own."""
    if engine == "embedded":
        dsn = Dsn.parse(f"chdb://{tmp_path}/store")
    else:
        dsn = Dsn.parse(f"clickhouse://127.0.0.1:{server_port}/test_{uuid4().hex}")
    with open_store(dsn) as store:
        yield store
        if engine != "embedded":
            store.command(f"DROP DATABASE IF EXISTS {dsn.database}", use_database=False)


@pytest.fixture(scope="session")
def server_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a server in another process that takes statements of any kind."""
    with server_process(tmp_path_factory.mktemp("server"), "--write") as port:
        yield port


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, server_port: int) -> Iterator[Store]:
    """Open a store, once on each engine, its database not yet made."""
    with store_on(request.param, tmp_path, server_port) as opened:
        yield opened


def stream(batches: Sequence[Any]) -> bytes:
    """Write record batches as one Arrow IPC stream with LZ4 buffers, as the spool does."""
    out = io.BytesIO()
    with pa.ipc.new_stream(out, batches[0].schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return out.getvalue()


def interned(values: Sequence[str]) -> Any:
    """Dictionary-encode strings."""
    return pa.array(values, pa.string()).dictionary_encode()


def maps(rows: Sequence[dict[str, str]]) -> Any:
    """Write one map a row, its keys dictionary-encoded."""
    offsets = [0]
    keys: list[str] = []
    values: list[str] = []
    for row in rows:
        keys += row.keys()
        values += row.values()
        offsets.append(len(keys))
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), interned(keys), pa.array(values, pa.string()))


def spans(rows: int, name: str = "GET /", second: int = TODAY) -> Any:
    """Rows of `otel_traces` in a few of its columns, one trace each, with keys and names that hold `name`."""
    times = pa.array([second * 10**9 + row for row in range(rows)]).view(pa.timestamp("ns"))
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": times,
            "TraceId": [f"{name}-{row}" for row in range(rows)],
            "SpanName": interned([name] * rows),
            "ServiceName": interned(["shop"] * rows),
            "SpanAttributes": maps([{f"key.{name}": str(row), "http.route": name} for row in range(rows)]),
            "Duration": pa.array(range(rows), pa.uint64()),
        }
    )


def errors(rows: int, fingerprint: str = "f" * 64, second: int = TODAY, subjects: int = 3) -> Any:
    """Rows of `lift_events`: one error pattern, by so many people, alternately on two pages."""
    return pa.RecordBatch.from_pydict(
        {
            "event": interned(["api_error"] * rows),
            "event_time": pa.array([second * 10**9 + row for row in range(rows)]).view(pa.timestamp("ns")),
            "service": interned(["shop"] * rows),
            "subject": [f"person-{row % subjects}" for row in range(rows)],
            "fingerprint": [fingerprint] * rows,
            "template": ["no such <id>"] * rows,
            "message": [f"no such {row}" for row in range(rows)],
            "page": interned(["/pay" if row % 3 else "/cart" for row in range(rows)]),
            "properties": maps([{"extra": str(row)} for row in range(rows)]),
        }
    )

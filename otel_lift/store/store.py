"""`Store`: one API over a ClickHouse server and over the embedded engine."""

import os
import re
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from otel_lift.errors import StoreError
from otel_lift.store.dsn import Dsn
from otel_lift.store.embedded import EmbeddedEngine, engine_options
from otel_lift.store.failures import mapped_errors
from otel_lift.store.names import identifier, literal

__all__ = ["INSERT_SETTINGS", "Capabilities", "Result", "Store", "open_store"]

_T = TypeVar("_T")
_GLOB = re.compile(
    r"[*?{}\[\]]"
)  # the engine takes a file's name for a pattern, and one that matches nothing for empty

_PIECE = 256 << 10  # bytes of a file in memory at a time

INSERT_SETTINGS: Mapping[str, int] = MappingProxyType(
    {
        "async_insert": 0,
        "insert_deduplicate": 1,
        "deduplicate_blocks_in_dependent_materialized_views": 1,
        # One insert is one block: a token counts blocks, so other block sizes on a retry would store rows twice.
        "max_insert_threads": 1,
        "max_insert_block_size": 2**40,
        "min_insert_block_size_rows": 2**40,
        "min_insert_block_size_bytes": 2**40,
        "max_partitions_per_insert_block": 1000,
    }
)
"""Settings of every insert of a segment; the token holds only while they never change."""

_EMBEDDED_INSERT_SETTINGS: Mapping[str, int] = MappingProxyType(
    {
        # Merges build the skip indexes of all rows again anyway; until then a part is small, and is read whole.
        "materialize_skip_indexes_on_insert": 0,
        "materialize_statistics_on_insert": 0,
    }
)
"""What the embedded engine leaves to its merges; a server has its own settings."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What differs between the engines.

    `local_files` says that the engine reads files of this machine, so that an insert need not send them.
    """

    engine: str  # "embedded" or "server"
    version: str
    local_files: bool
    cluster: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """A query's answer: column names and rows of Python values."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    def dicts(self) -> list[dict[str, Any]]:
        """Answer each row as a mapping by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Store:
    """A connection to the store; any thread may use it, and each thread gets a connection of its own.

    Every method raises `StoreUnavailableError` where the same call can succeed later, and `StoreError` where it cannot.
    """

    def __init__(self, dsn: Dsn, *, insert_timeout: int = 300) -> None:
        """Prepare only; `open_store` opens. `insert_timeout`, for a server's reply, is in whole seconds."""
        self.dsn = dsn
        self._timeout = insert_timeout
        self._engine = EmbeddedEngine(dsn.path, dsn.options) if dsn.path is not None else None
        self._local = threading.local()
        self._clients: weakref.WeakSet[Client] = weakref.WeakSet()
        # A query in the main thread would keep Python's signal handlers waiting until it ends.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="store") if self._engine else None
        self._capabilities: Capabilities | None = None

    def open(self) -> None:
        """Start the embedded engine or reach the server."""
        if self._engine is not None:
            self._engine.open()
        try:
            version = self._run(lambda client: str(client.server_version))
        except BaseException:
            self.close()
            raise
        embedded = self._engine is not None
        self._capabilities = Capabilities("embedded" if embedded else "server", version, embedded, self.dsn.cluster)

    def close(self) -> None:
        """Close all connections, of all threads; the embedded engine ends with its last store."""
        for client in list(self._clients):
            client.close()
        self._clients.clear()
        self._local = threading.local()
        if self._aside is not None:
            self._aside.shutdown()
        if self._engine is not None:
            self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.dsn})"

    @property
    def capabilities(self) -> Capabilities:
        """What this store's engine can do."""
        if self._capabilities is None:
            raise StoreError("the store is not open; use open_store")
        return self._capabilities

    @property
    def engine(self) -> EmbeddedEngine:
        """The embedded engine; raises `StoreError` for a server."""
        if self._engine is None:
            raise StoreError(f"{self.dsn} is a server; only an embedded store (chdb://) has an engine in this process")
        return self._engine

    def query(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Result:
        """Answer a query; `parameters` fill ``{name:Type}`` on the engine's side, so no value is quoted by hand."""

        def run(client: Client) -> Result:
            answer = client.query(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))
            return Result(tuple(answer.column_names), answer.result_rows)

        return self._run(run)

    def query_arrow(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Any:
        """Answer a query as a `pyarrow.Table`."""
        return self._run(lambda client: client.query_arrow(sql, dict(parameters or {}), dict(settings or {})))

    def command(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        use_database: bool = True,
    ) -> None:
        """Run a statement that answers nothing; `use_database` is false before the database exists."""
        self._run(
            lambda client: client.command(
                sql, dict(parameters or {}), settings=dict(settings or {}), use_database=use_database
            )
        )

    def insert_stream(
        self,
        table: str,
        columns: Sequence[str],
        data: bytes | Path,
        token: str,
        settings: Mapping[str, Any] | None = None,
        *,
        rows: int | None = None,
    ) -> None:
        """Insert an Arrow IPC stream, as it lies, as one block of `table`; a retry with the same token counts once.

        `columns` are those that the stream has: an unnamed unknown one would be dropped in silence. Whoever calls has
        verified the stream: one that is cut short is stored as far as it goes. `rows` is what the stream holds; the
        embedded engine must have read as many from a file.
        """
        own = _EMBEDDED_INSERT_SETTINGS if self._engine is not None else {}
        chosen = {**INSERT_SETTINGS, **own, **(settings or {}), "insert_deduplication_token": token}
        full = f"{identifier(self.dsn.database)}.{identifier(table)}"
        if isinstance(data, Path) and self._engine is not None and not _GLOB.search(os.fspath(data.resolve())):
            engine, sql = self._engine, _insert_file(full, columns, data, chosen)
            read = self._guarded(lambda: engine.execute(sql))
            if rows is not None and read != rows:
                raise StoreError(f"the engine read {read} of {rows} rows from {data.name}")
            return

        def insert(client: Client, body: Any, headers: dict[str, str] | None = None) -> None:
            client.raw_insert(full, list(columns), body, chosen, fmt="ArrowStream", transport_settings=headers)

        if isinstance(data, bytes) or self._engine is not None:
            body = data if isinstance(data, bytes) else data.read_bytes()
            self._run(lambda client: insert(client, body))
        else:
            length = {"Content-Length": str(data.stat().st_size)}
            self._run(lambda client: insert(client, _pieces(data), length))

    def insert_rows(self, table: str, rows: Any, token: str, settings: Mapping[str, Any] | None = None) -> None:
        """Insert a `pa.RecordBatch` as one block of `table`; a retry with the same token counts once."""
        out = pa.BufferOutputStream()
        with pa.ipc.new_stream(out, rows.schema) as writer:
            writer.write_batch(rows)
        self.insert_stream(table, rows.schema.names, out.getvalue().to_pybytes(), token, settings)

    def ping(self) -> bool:
        """Say whether the store answers."""
        try:
            return self._run(lambda client: bool(client.ping()))
        except Exception:  # noqa: BLE001  # a health check has no other answer than no
            return False

    def _run(self, work: Callable[[Client], _T]) -> _T:
        return self._guarded(lambda: self._work(work))

    def _work(self, work: Callable[[Client], _T]) -> _T:
        client = self._client()
        try:
            return work(client)
        except BaseException:
            if self._engine is not None:
                # What a query had written when it failed would stand in front of this connection's next answer.
                self._local.client = None
                self._clients.discard(client)
                client.close()
            raise

    def _guarded(self, work: Callable[[], _T]) -> _T:
        def mapped() -> _T:
            with mapped_errors():
                return work()

        if self._aside is not None and threading.current_thread() is threading.main_thread():
            return self._aside.submit(mapped).result()
        return mapped()

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._connect()
            self._local.client = client
            self._clients.add(client)
        return client

    def _connect(self) -> Client:
        dsn = self.dsn
        if dsn.path is not None:
            client = clickhouse_connect.get_client(
                interface="chdb", path=str(dsn.path.resolve()), chdb_options=engine_options(dsn.options) or None
            )
        else:
            client = clickhouse_connect.get_client(
                interface="https" if dsn.secure else "http",
                host=dsn.host,
                port=dsn.port,
                username=dsn.user,
                password=dsn.password,
                verify=dsn.verify,
                connect_timeout=10,
                send_receive_timeout=self._timeout,
                autogenerate_session_id=False,
            )
        # Set only now: the handshake of the constructor would fail where the database is yet to be created.
        client.database = dsn.database
        return client


def _pieces(path: Path) -> Iterator[memoryview]:
    """Yield a file piece by piece; each is overwritten by the next."""
    buffer = bytearray(_PIECE)
    piece = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            yield piece[:size]


def _insert_file(table: str, columns: Sequence[str], path: Path, settings: Mapping[str, Any]) -> str:
    names = ", ".join(identifier(column) for column in columns)
    clause = ", ".join(f"{name} = {literal(value)}" for name, value in settings.items())
    file = literal(os.fspath(path.resolve()))
    return f"INSERT INTO {table} ({names}) FROM INFILE {file} COMPRESSION 'none' SETTINGS {clause} FORMAT ArrowStream"


def open_store(dsn: str | Dsn, *, insert_timeout: int = 300) -> Store:
    """Open the store that a DSN names; raises `ConfigError` for the DSN, and the errors of `Store` for the rest."""
    store = Store(Dsn.parse(dsn) if isinstance(dsn, str) else dsn, insert_timeout=insert_timeout)
    store.open()
    return store

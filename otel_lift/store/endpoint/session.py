"""One statement on the embedded engine, in a connection of its own that nothing outlives."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from otel_lift.store.embedded import EmbeddedEngine
from otel_lift.store.endpoint.native import empty_block
from otel_lift.store.endpoint.refused import StatementRefusedError
from otel_lift.store.endpoint.request import SqlRequest
from otel_lift.store.endpoint.statements import Statement, read_only, with_format
from otel_lift.store.endpoint.walls import FILTERS, filters
from otel_lift.store.failures import error_code
from otel_lift.store.names import identifier, literal

__all__ = ["Answer", "EndpointLimits", "QueryFailedError", "Session"]

_HELLO = "SELECT displayName(), version(), revision(), timezone()"
_READERS_SETTINGS = frozenset(
    {
        "cast_string_to_dynamic_use_inference",
        "date_time_input_format",
        "date_time_output_format",
        "extremes",
        "format_csv_delimiter",
        "format_csv_null_representation",
        "format_tsv_null_representation",
        "join_use_nulls",
        "limit",
        "max_block_size",
        "max_bytes_to_read",
        "max_execution_time",
        "max_memory_usage",
        "max_result_bytes",
        "max_result_rows",
        "max_rows_to_read",
        "max_threads",
        "offset",
        "read_overflow_mode",
        "readonly",
        "result_overflow_mode",
        "session_timezone",
        "timeout_overflow_mode",
        "use_client_time_zone",
    }
)
_READERS_PREFIX = "output_format_"
_ENGINES_DATABASES = frozenset({"INFORMATION_SCHEMA", "default", "information_schema", "system"})
# It names a file that the engine would write, as format_schema and format_template_* name files that it would read.
_NEVER = "output_format_schema"


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """What one statement may cost. `execution_seconds` and `memory_bytes` cap what a client asks for."""

    execution_seconds: float = 60.0
    memory_bytes: int = 2**30
    result_bytes: int = 2**28
    concurrency: int = 4
    waiting: int = 64
    request_bytes: int = 2**20
    insert_bytes: int = 2**30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine answered; `format` is the one of `body`."""

    body: bytes
    format: str
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    written_rows: int = 0
    elapsed_seconds: float = 0.0


class QueryFailedError(Exception):
    """The engine's own message, with its number and name."""

    def __init__(self, message: str, code: int) -> None:
        """Keep ClickHouse's error number."""
        super().__init__(message)
        self.code = code


class Session:
    """Runs requests against one engine. `write` lifts the allow-list, for trusted clients only."""

    def __init__(self, engine: EmbeddedEngine, database: str, limits: EndpointLimits, *, write: bool) -> None:
        """Read from the engine which table functions it has."""
        self._engine = engine
        self._database = database
        self.limits = limits
        self._write = write
        connection = engine.connect()
        try:
            names = connection.query("SELECT lower(name) FROM system.table_functions", "TSV").bytes().decode()
            facts = connection.query("SELECT version(), timezone()", "TSV").bytes().decode()
        finally:
            connection.close()
        self._table_functions = frozenset(names.split())
        self.version, self.timezone = facts.strip().split("\t")

    @property
    def body_limit(self) -> int:
        """How many bytes a request may have, after decompression."""
        return self.limits.insert_bytes if self._write else self.limits.request_bytes

    @property
    def writes(self) -> bool:
        """Whether statements of any kind may run."""
        return self._write

    def is_hello(self, request: SqlRequest) -> bool:
        """Whether this is clickhouse-go's first query, which must be answered by hand."""
        return request.sql.strip().rstrip(";") == _HELLO and request.default_format == "Native"

    def run(self, request: SqlRequest, mark: str = "") -> Answer:
        """Run one request; raises `QueryFailedError` with the engine's error or with why it was refused.

        A reader's query can be stopped by its `mark` while it runs.
        """
        settings = self._settings(request.settings)
        if mark and not self._write:
            settings["log_comment"] = mark
        try:
            connection = self._engine.connect()
            try:
                statement = self._judged(connection, request, settings)
                return self._execute(connection, request, statement, settings)
            finally:
                connection.close()
        except StatementRefusedError as error:
            raise QueryFailedError(str(error), error.code) from error
        except RuntimeError as error:
            message = str(error)
            raise QueryFailedError(message[max(0, message.find("Code: ")) :], error_code(message) or 1002) from error

    def stop(self, mark: str) -> None:
        """Stop a reader's query if the engine has begun it; what a writer began always ends by itself."""
        connection = self._engine.connect()
        try:
            connection.query(f"KILL QUERY WHERE Settings['log_comment'] = {literal(mark)} ASYNC", "TSV")
        finally:
            connection.close()

    def _judged(self, connection: Any, request: SqlRequest, settings: dict[str, str]) -> Statement:
        """Answer the statement if the reader may run it; adds the settings that keep it to its database."""
        if self._write:
            return with_format(request.sql)
        if request.data is not None:
            raise StatementRefusedError("this endpoint only reads: INSERT is not allowed")
        # Asked each time: another tenant's database can come while the gateway runs.
        names = connection.query("SELECT name FROM system.databases", "TSV").bytes().decode().splitlines()
        others = frozenset(names) - {self._database, *_ENGINES_DATABASES}
        if others:
            if request.database not in {None, "", self._database}:
                raise StatementRefusedError(f"this endpoint reads the database {self._database} only")
            settings[FILTERS] = filters(self._database)
        return read_only(request.sql, self._table_functions, others)

    def _settings(self, asked: Mapping[str, str]) -> dict[str, str]:
        if self._write:
            return dict(asked)
        for name in asked:
            if name == _NEVER or (name not in _READERS_SETTINGS and not name.startswith(_READERS_PREFIX)):
                raise QueryFailedError(f"Cannot modify '{name}' setting in readonly mode", 164)
        settings = {name: value for name, value in asked.items() if name != "readonly"}
        limits = self.limits
        settings["max_execution_time"] = _capped(settings.get("max_execution_time"), limits.execution_seconds)
        settings["max_memory_usage"] = _capped(settings.get("max_memory_usage"), limits.memory_bytes)
        settings["max_result_bytes"] = _capped(settings.get("max_result_bytes"), limits.result_bytes)
        settings["timeout_overflow_mode"] = "throw"
        settings.setdefault("result_overflow_mode", "throw")
        return settings

    def _execute(self, connection: Any, request: SqlRequest, statement: Statement, settings: dict[str, str]) -> Answer:
        self._use(connection, request.database)
        for name, value in settings.items():
            connection.query(f"SET {name} = {value if name == FILTERS else literal(value)}", "TSV")
        if not self._write:
            connection.query("SET readonly = 1", "TSV")
        parameters = dict(request.parameters)
        if request.data is not None:
            return self._insert(connection, request, parameters)
        wanted = request.default_format or "TabSeparated"
        result = connection.query(statement.text, wanted, params=parameters)
        body = result.bytes() or b""
        actual = statement.format or wanted
        if not body and actual == "Native":
            body = _native_header(connection, statement, parameters)
        # What the engine calls rows read is the number of rows in the answer.
        read, rows = result.storage_rows_read(), result.rows_read()
        return Answer(body, actual, read, result.storage_bytes_read(), rows, 0, result.elapsed())

    def _use(self, connection: Any, asked: str | None) -> None:
        try:
            connection.query(f"USE {identifier(asked or self._database)}", "TSV")
        except RuntimeError as error:
            # Before the schema is applied, a client that names no database must still be able to apply it.
            if asked or error_code(str(error)) != 81:
                raise

    def _insert(self, connection: Any, request: SqlRequest, parameters: dict[str, str]) -> Answer:
        # The engine takes data from a file only; its own streaming insert reported rows that it had not stored.
        with tempfile.NamedTemporaryFile(prefix="otel-lift-insert-") as file:
            file.write(request.data or b"")
            file.flush()
            source = f"FROM INFILE {literal(file.name)} COMPRESSION 'none'"
            result = connection.query(
                f"{request.sql} {source} FORMAT {request.insert_format}", "TSV", params=parameters
            )
        return Answer(b"", "TabSeparated", 0, 0, 0, result.rows_read(), result.elapsed())


def _native_header(connection: Any, statement: Statement, parameters: dict[str, str]) -> bytes:
    if not statement.query.lstrip("( \n\t").upper().startswith(("SELECT", "WITH", "FROM")):
        return b""
    rows = connection.query(f"DESCRIBE TABLE ({statement.query}) FORMAT JSONCompactEachRow", "TSV", params=parameters)
    described = [json.loads(line) for line in rows.bytes().splitlines()]
    return empty_block([(name, kind) for name, kind, *_ in described])


def _capped(asked: str | None, limit: float) -> str:
    try:
        value = float(asked) if asked else 0.0
    except ValueError:
        value = 0.0
    return f"{min(value, limit) if value > 0 else limit:.15g}"

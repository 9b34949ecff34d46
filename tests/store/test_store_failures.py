import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError

from otel_lift.errors import StoreError, StoreUnavailableError
from otel_lift.store import Dsn, Store, open_store
from otel_lift.store.failures import mapped


@pytest.mark.parametrize(
    "name",
    [
        "Code: 159. DB::Exception: slow (TIMEOUT_EXCEEDED)",
        "Code: 241. DB::Exception: big (MEMORY_LIMIT_EXCEEDED)",
        "Code: 252. DB::Exception: many (TOO_MANY_PARTS)",
        "Code: 164. DB::Exception: no (READONLY)",
        "Code: 999. Coordination::Exception: gone (KEEPER_EXCEPTION)",
        "HTTP status 502 from a proxy",
    ],
)
def test_what_passes_by_itself_is_retryable(name: str) -> None:
    """Time-outs, memory, too many parts, read-only tables, lost coordination and proxies say: try again."""
    assert isinstance(mapped(DatabaseError(name)), StoreUnavailableError)


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("Code: 16. DB::Exception: No such column x (NO_SUCH_COLUMN_IN_TABLE)"),
        DatabaseError("Code: 60. DB::Exception: no table (UNKNOWN_TABLE)"),
        DatabaseError("Code: 62. DB::Exception: Syntax error (SYNTAX_ERROR)"),
        DatabaseError("Code: 516. DB::Exception: who are you (AUTHENTICATION_FAILED)"),
        ProgrammingError("the client has been closed"),
    ],
)
def test_what_needs_a_person_is_permanent(error: Exception) -> None:
    """A missing column or table, a wrong statement and wrong credentials do not pass by themselves."""
    assert isinstance(mapped(error), StoreError)


def test_a_missing_table_names_the_remedy() -> None:
    """The error of a schema that lags says which command helps."""
    error = mapped(DatabaseError("Code: 60. DB::Exception: no table (UNKNOWN_TABLE) (version 26.9.2.1)"))
    assert "otel-lift schema apply" in str(error)
    assert "(version" not in str(error)


def test_network_errors_are_retryable() -> None:
    """An error without ClickHouse's number comes from the network."""
    assert isinstance(mapped(OperationalError("connection reset")), StoreUnavailableError)
    assert isinstance(mapped(ConnectionRefusedError()), StoreUnavailableError)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """Opening a store on a closed port says: not now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(StoreUnavailableError):
        open_store(f"clickhouse://127.0.0.1:{port}/otel")


@contextmanager
def _silent_server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    held.append(listener.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


def test_a_server_that_hangs_is_unavailable_after_the_timeout() -> None:
    """A server that accepts and never answers is given up after the insert timeout, to be tried again."""
    with _silent_server() as port:
        store = Store(Dsn.parse(f"clickhouse://127.0.0.1:{port}/otel"), insert_timeout=1)
        with pytest.raises(StoreUnavailableError):
            store.open()
        assert not store.ping()

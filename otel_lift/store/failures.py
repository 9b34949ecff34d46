"""The one seam where errors of ClickHouse, of its client and of the network become errors of otel-lift."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, NotSupportedError, ProgrammingError

from otel_lift.errors import OtelLiftError, StoreError, StoreUnavailableError

__all__ = ["error_code", "error_name", "mapped", "mapped_errors"]

_CODE = re.compile(r"\bCode:\s*(\d+)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")
_VERSION = re.compile(r"\s*\(version [^()]*(\([^()]*\))?\)\s*$")

# Numbers of ErrorCodes.cpp whose cause passes without a change to the statement or to the schema.
_RETRYABLE = frozenset(
    {
        3,  # UNEXPECTED_END_OF_FILE
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        159,  # TIMEOUT_EXCEEDED
        164,  # READONLY
        198,  # DNS_ERROR
        201,  # QUOTA_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        203,  # NO_FREE_CONNECTION
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        254,  # NO_ACTIVE_REPLICAS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        286,  # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
        289,  # REPLICA_IS_NOT_IN_QUORUM
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        425,  # SYSTEM_ERROR
        439,  # CANNOT_SCHEDULE_TASK
        473,  # DEADLOCK_AVOIDED
        499,  # S3_ERROR
        999,  # KEEPER_EXCEPTION
    }
)
_SCHEMA = frozenset(
    {
        8,  # THERE_IS_NO_COLUMN
        10,  # NOT_FOUND_COLUMN_IN_BLOCK
        16,  # NO_SUCH_COLUMN_IN_TABLE
        47,  # UNKNOWN_IDENTIFIER
        60,  # UNKNOWN_TABLE
        81,  # UNKNOWN_DATABASE
    }
)
_ACCESS = frozenset({192, 193, 194, 497, 516})  # unknown user, wrong password, password required, access denied, failed


def error_code(message: str) -> int | None:
    """Answer ClickHouse's error number in a message, None where it has none."""
    match = _CODE.search(message)
    return int(match.group(1)) if match else None


def error_name(message: str) -> str | None:
    """Answer ClickHouse's symbolic name of the error in a message, None where it has none."""
    names = _NAME.findall(message)
    return names[-1] if names else None


def mapped(error: Exception) -> OtelLiftError:
    """Answer the otel-lift error for a foreign one: retryable if the same call can succeed later, else permanent."""
    if isinstance(error, OtelLiftError):
        return error
    message = _VERSION.sub("", str(error))
    code = getattr(error, "code", None) or error_code(message)
    if code in _RETRYABLE:
        return StoreUnavailableError(f"the store cannot do this now: {message}")
    if code in _SCHEMA:
        return StoreError(f"the store's schema lacks what is asked for (run `otel-lift schema apply`): {message}")
    if code in _ACCESS:
        return StoreError(f"the store refuses these credentials (check the DSN's user and its grants): {message}")
    # Without a number it is not ClickHouse that spoke, but the network, or a proxy on the way.
    if code is None and not isinstance(
        error, (ProgrammingError, NotSupportedError, DataError, ValueError, RuntimeError)
    ):
        return StoreUnavailableError(f"the store does not answer: {message}")
    return StoreError(f"the store refused: {message}")


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Map what ClickHouse's client, the engine and the network raise inside the block."""
    try:
        yield
    except (ClickHouseError, RuntimeError, OSError, ValueError) as error:
        raise mapped(error) from error

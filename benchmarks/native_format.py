"""Answers in ClickHouse's Native format, as the Go client of the OpenTelemetry Collector's exporter asks for them.

That client greets a server and asks for a table's columns before each insert, in compressed blocks; a sink that is to
swallow its inserts must answer. The checksum of a block is CityHash of version 1.0.2, which `clickhouse-cityhash`
has; the benchmark's own environment holds it (see `environment`).
"""

import struct
from collections.abc import Sequence

from otel_lift.store.schema import SchemaOptions
from otel_lift.store.schema.migrations import expected_tables

__all__ = ["describe", "hello"]

_UNCOMPRESSED = 0x02
_WITH_CUSTOM_SERIALIZATION = 54_454  # the first protocol version whose columns say how they are serialised
_DESCRIBED = ("name", "type", "default_type", "default_expression", "comment", "codec_expression", "ttl_expression")


def hello(revision: int) -> bytes:
    """Answer `SELECT displayName(), version(), revision(), timezone()` to a client of protocol version `revision`."""
    columns = [
        ("displayName()", "String", _texts(["null"])),
        ("version()", "String", _texts(["26.9.1.1"])),
        ("revision()", "UInt32", struct.pack("<I", revision)),
        ("timezone()", "String", _texts(["UTC"])),
    ]
    return _compressed(_block(columns, 1, revision))


def describe(table: str, revision: int) -> bytes:
    """Answer `DESCRIBE TABLE` for a table of the Collector's exporter; raises KeyError for one we do not know."""
    columns_of = {made.name: made.columns for made in expected_tables(SchemaOptions())}
    rows = [(column.name, column.type, column.kind, "", "", "", "") for column in columns_of[table]]
    columns = [(name, "String", _texts([row[position] for row in rows])) for position, name in enumerate(_DESCRIBED)]
    return _compressed(_block(columns, len(rows), revision))


def _texts(values: Sequence[str]) -> bytes:
    return b"".join(_varint(len(value.encode())) + value.encode() for value in values)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _block(columns: Sequence[tuple[str, str, bytes]], rows: int, revision: int) -> bytes:
    info = b"\x01\x00\x02" + struct.pack("<i", -1) + b"\x00" if revision else b""
    plain = b"\x00" if revision >= _WITH_CUSTOM_SERIALIZATION else b""
    heads = info + _varint(len(columns)) + _varint(rows)
    return heads + b"".join(_texts([name, kind]) + plain + data for name, kind, data in columns)


def _compressed(block: bytes) -> bytes:
    # only the Collector's answers need it
    from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-not-found]  # noqa: PLC0415

    framed = struct.pack("<BII", _UNCOMPRESSED, len(block) + 9, len(block)) + block
    checksum = CityHash128(framed)
    return struct.pack("<QQ", checksum >> 64, checksum & (1 << 64) - 1) + framed

"""ClickHouse's Native format, as far as the endpoint must write it itself."""

import struct
from collections.abc import Sequence

__all__ = ["empty_block", "hello"]


def empty_block(columns: Sequence[tuple[str, str]]) -> bytes:
    """Encode a block without rows from column names and types; the engine writes nothing at all for one."""
    return b"".join([_varint(len(columns)), _varint(0), *(_string(name) + _string(kind) for name, kind in columns)])


def hello(display_name: str, version: str, timezone: str) -> bytes:
    """Encode the answer to clickhouse-go's first query (displayName, version, revision, timezone).

    It alone is read as of protocol revision 54460: with block information before the block (1: overflows, 2: bucket
    number, 0: end) and a byte for custom serialization in each column. Revision 0 makes all that follows plain.
    """
    block_info = b"\x01\x00\x02" + struct.pack("<i", -1) + b"\x00"
    columns = (
        ("displayName()", "String", _string(display_name)),
        ("version()", "String", _string(version)),
        ("revision()", "UInt32", struct.pack("<I", 0)),
        ("timezone()", "String", _string(timezone)),
    )
    return b"".join(
        [
            block_info,
            _varint(len(columns)),
            _varint(1),
            *(_string(name) + _string(kind) + b"\x00" + data for name, kind, data in columns),
        ]
    )


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _string(text: str) -> bytes:
    data = text.encode()
    return _varint(len(data)) + data

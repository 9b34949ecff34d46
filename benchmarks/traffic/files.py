"""Payload files: requests made beforehand, each after its length."""

from collections.abc import Iterable
from pathlib import Path

__all__ = ["STAMP", "read_payloads", "write_payloads"]

STAMP = b"~stamp~~"
"""What the load generator replaces, in each request it sends, by the request's number: eight hexadecimal digits."""


def write_payloads(file: Path, payloads: Iterable[bytes]) -> None:
    """Write `payloads` to `file`."""
    with file.open("wb") as out:
        for payload in payloads:
            out.write(len(payload).to_bytes(4, "little") + payload)


def read_payloads(file: Path) -> list[bytes]:
    """Read what `write_payloads` wrote."""
    data, payloads, position = file.read_bytes(), [], 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "little")
        payloads.append(data[position + 4 : position + 4 + length])
        position += 4 + length
    return payloads

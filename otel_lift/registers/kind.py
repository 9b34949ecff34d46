"""What a kind of register holds: the columns of its table, and the text of an entry in a file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Kind", "Value"]

Value = Literal["text", "time", "bool", "texts"]
"""What a column holds: a text, a time in Unix nanoseconds, true or false, or texts by text."""

_ID_DIGITS = 32
_FIRST = b' {"tenant":"'


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entries.

    `table` is its table in the stores, which has the column `entry` for the id, those of `columns`, and `inserted_at`.
    The first of `columns` is `tenant`: whose entry it is, and so which stores get it.
    `identity` are the columns that make an entry what it is: entries that are equal in them are one, whoever wrote them
    and whenever they were learnt. Entries must commute: nothing may depend on their order in the file.
    """

    table: str
    columns: Mapping[str, Value]
    identity: tuple[str, ...]

    def line(self, row: Mapping[str, Any]) -> bytes:
        """Write an entry: its id, a space and its columns as JSON."""
        said = json.dumps([row[name] for name in self.identity], sort_keys=True)
        digest = hashlib.blake2b(f"{self.table} {said}".encode(), digest_size=_ID_DIGITS // 2).hexdigest()
        columns = {name: row[name] for name in self.columns}
        return f"{digest} {json.dumps(columns, separators=(',', ':'))}".encode()

    @staticmethod
    def tenant_of(line: bytes) -> str:
        """Read whose an entry is."""
        start = _ID_DIGITS + len(_FIRST)
        return line[start : line.index(b'"', start)].decode()

    def row(self, line: bytes) -> dict[str, Any]:
        """Read the columns of an entry."""
        row: dict[str, Any] = json.loads(line[_ID_DIGITS + 1 :])
        return row

    def rows(self, lines: Sequence[bytes]) -> list[dict[str, Any]]:
        """Read the columns of many entries, which costs half as much as one by one."""
        rows: list[dict[str, Any]] = json.loads(b"[%b]" % b",".join([line[_ID_DIGITS + 1 :] for line in lines]))
        return rows

    @staticmethod
    def id_of(line: bytes) -> str:
        """Read the id of an entry: 128 bits of BLAKE2b (RFC 7693) in hex."""
        return line[:_ID_DIGITS].decode()

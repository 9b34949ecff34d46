"""Commit records: what makes rows of several files one acknowledgement.

A journal is lines of ``<checksum> <JSON>``. The first line names the generation; each further one is a commit, which
says for each segment that it touched how far the file goes (bytes and rows) and the hash of all bytes up to there. So
the last record of a segment vouches for everything before it, and a damaged line in the middle costs nothing.

A record is written after its data are synced: a record that can be read speaks of data that were on the disk.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import xxhash

__all__ = ["Journal", "Position", "commit_line", "first_line", "parse"]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a segment goes: bytes, rows, and the hash (hex digits) of all bytes up to there."""

    offset: int
    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class Journal:
    """What could be read of a journal.

    `readable` is False if not even its first line can be trusted; `damaged` says that a whole line, not just an
    unfinished last one, is not what was written.
    """

    readable: bool = False
    damaged: bool = False
    commits: tuple[Mapping[str, Position], ...] = field(default=())


def first_line(generation: str) -> bytes:
    """Answer the line that begins a journal."""
    return _line({"generation": generation})


def commit_line(positions: Mapping[str, Position]) -> bytes:
    """Answer the record of one commit, its positions by segment id."""
    return _line({"commit": {segment: [p.offset, p.rows, p.hash] for segment, p in positions.items()}})


def parse(data: bytes) -> Journal:
    """Read a journal, in whatever state a crash or a disk has left it."""
    *lines, _unfinished = data.split(b"\n")
    records = [_record(line) for line in lines]
    if not records or records[0] is None or "generation" not in records[0]:
        return Journal(damaged=bool(lines))
    commits = tuple(
        {segment: Position(*values) for segment, values in record["commit"].items()}
        for record in records[1:]
        if record is not None
    )
    return Journal(readable=True, damaged=None in records, commits=commits)


def _line(record: Mapping[str, object]) -> bytes:
    body = json.dumps(record, separators=(",", ":")).encode()
    return b"%s %s\n" % (xxhash.xxh3_64_hexdigest(body).encode(), body)


def _record(line: bytes) -> dict[str, dict[str, tuple[int, int, str]]] | None:
    checksum, _, body = line.partition(b" ")
    if checksum != xxhash.xxh3_64_hexdigest(body).encode():
        return None
    record: dict[str, dict[str, tuple[int, int, str]]] = json.loads(body)
    return record

"""What is known of a segment: its origin, in the stream's own header, and its sidecar, written when it is sealed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from otel_lift.errors import SpoolError
from otel_lift.spool.layout import Name
from otel_lift.spool.stream import END, Hash, read_header

__all__ = ["Origin", "Sidecar", "derive", "hash_file", "read_origin", "token"]

_CHUNK = 2**18


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known when a segment is opened; the metadata of its schema, as JSON."""

    spool: str
    segment: str
    table: str
    schema_version: int
    exporters: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def name(self) -> Name:
        """The segment's id and table."""
        return Name(self.segment, self.table)

    def to_json(self) -> bytes:
        """Answer the metadata of the schema."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A sealed segment: where it comes from, its rows, its size in bytes, and the hash of its file in hex digits.

    `token` makes an insert of the segment count once. It is kept as it was written: a later version may make others.
    """

    origin: Origin
    rows: int
    size: int
    hash: str
    token: str

    def to_json(self) -> bytes:
        """Answer the sidecar's bytes: one flat JSON object, the origin's fields beside the others."""
        flat = asdict(self.origin) | {"rows": self.rows, "bytes": self.size, "hash": self.hash, "token": self.token}
        return json.dumps(flat, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a sidecar of this version or of another, whose further fields are passed over.

        Raises SpoolError for bytes that are not a sidecar.
        """
        try:
            flat = json.loads(data)
            return cls(
                _origin(flat), int(flat["rows"]), int(flat["bytes"]), str(flat["hash"]), token=str(flat["token"])
            )
        except (ValueError, KeyError, TypeError) as error:
            raise SpoolError("this is not a segment's sidecar") from error


def token(origin: Origin, file_hash: str) -> str:
    """Answer the token of a segment's insert: never the same for two segments, nor for other bytes of one segment."""
    return f"{origin.spool}:{origin.segment}:{file_hash}:{origin.table}"


def read_origin(path: Path) -> Origin:
    """Read what a segment's header says; raises SpoolError if it cannot be read or belongs to another file."""
    _, metadata = read_header(path)
    try:
        origin = _origin(json.loads(metadata))
    except (ValueError, KeyError, TypeError) as error:
        raise SpoolError(f"{path.name} has a header that cannot be read") from error
    if (origin.segment, origin.table) != (path.name.partition(".")[0], path.parent.name):
        raise SpoolError(f"{path.name} holds segment {origin.segment} of {origin.table}")
    return origin


def derive(path: Path) -> Sidecar:
    """Make the sidecar of a sealed segment again from its file, which is read as a whole.

    Raises SpoolError if the file is not a complete stream.
    """
    origin = read_origin(path)
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            rows = sum(batch.num_rows for batch in reader)
        hashed, size, tail = hash_file(path)
    except (pa.ArrowException, OSError) as error:
        raise SpoolError(f"{path.name} cannot be read as a stream") from error
    if tail != END:
        raise SpoolError(f"{path.name} has no end marker")
    return Sidecar(origin, rows, size, hashed, token(origin, hashed))


def hash_file(path: Path) -> tuple[str, int, bytes]:
    """Answer a file's hash, its size and its last bytes (as many as an end marker has)."""
    hashed, size, tail = Hash(), 0, b""
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            chunk = view[:count]
            hashed.update(chunk)
            size += count
            tail = (tail + bytes(chunk[-len(END) :]))[-len(END) :]
    return hashed.hex(), size, tail


def _origin(flat: Any) -> Origin:
    return Origin(
        spool=str(flat["spool"]),
        segment=str(flat["segment"]),
        table=str(flat["table"]),
        schema_version=int(flat["schema_version"]),
        exporters=tuple(map(str, flat["exporters"])),
        columns=tuple(map(str, flat["columns"])),
    )

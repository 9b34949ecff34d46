"""Where backups lie, and what is known of each."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote

from otel_lift.config import Configuration
from otel_lift.errors import StoreError
from otel_lift.jobs.job import OpenStore

__all__ = [
    "CONTENT",
    "MANIFEST",
    "Manifest",
    "backups_folder",
    "damaged_files",
    "known_backups",
    "row_counts",
    "sums",
]

CONTENT, MANIFEST = "content", "manifest.json"
_NAME = "%Y-%m-%dT%H%M%SZ"
_PIECE = 1 << 20  # bytes in memory at a time


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup. `base` names the full backup that an incremental one needs, empty for a full one.

    `size` is in bytes, `rows` are those of each table of which no merge makes rows one, when it was made, and `sha256`
    the sums of all files by their path below `content`.
    """

    name: str
    database: str
    made_at: float
    took: float
    base: str
    size: int
    rows: Mapping[str, int]
    sha256: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the manifest of a backup's folder; raises StoreError if it is none."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_bytes()))
        except FileNotFoundError as error:
            raise StoreError(f"{folder} is no backup; `otel-lift backup list` names those there are") from error
        except (ValueError, TypeError) as error:
            raise StoreError(f"the manifest of {folder} is damaged; take another backup") from error

    def to_json(self) -> bytes:
        """Write it."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @staticmethod
    def name_at(moment: float) -> str:
        """Answer the name of a backup that is made at a moment (Unix seconds)."""
        return datetime.fromtimestamp(moment, UTC).strftime(_NAME)


def backups_folder(config: Configuration, exporter: str = "") -> Path:
    """Answer the folder of all backups, or of those of an exporter's store."""
    chosen = config.service.maintenance.backup
    folder = (chosen.folder if chosen else None) or config.service.data / "backups"
    return folder.resolve() / quote(exporter, safe="") if exporter else folder.resolve()


def known_backups(folder: Path) -> list[Manifest]:
    """Answer the backups in an exporter's folder, oldest first; what has no readable manifest is passed over."""
    return list(_known(folder))


def row_counts(opened: OpenStore) -> dict[str, int]:
    """Count the rows of each table of which no merge makes rows one; raises StoreError, StoreUnavailableError."""
    rows = opened.store.query(
        "SELECT table, sum(rows) FROM system.parts WHERE database = {database:String} AND active "
        "AND engine = 'MergeTree' AND table != 'lift_migrations' GROUP BY table",
        {"database": opened.options.database},
        {"log_queries": 0},
    ).rows
    return {str(table): int(count) for table, count in rows}


def sums(content: Path) -> Iterator[tuple[str, str, int]]:
    """Yield path, SHA-256 and size of each file; raises OSError."""
    for path in sorted(content.rglob("*")):
        if path.is_file():
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
            yield str(path.relative_to(content)), digest.hexdigest(), path.stat().st_size


def damaged_files(folder: Path, manifest: Manifest) -> list[str]:
    """Answer the files of a backup that are not as they were written."""
    found = {path: digest for path, digest, _ in sums(folder / CONTENT)}
    return sorted(path for path in {*found, *manifest.sha256} if found.get(path) != manifest.sha256.get(path))


def _known(folder: Path) -> Iterator[Manifest]:
    for path in sorted(folder.glob(f"*/{MANIFEST}")):
        try:
            yield Manifest.read(path.parent)
        except StoreError:
            continue

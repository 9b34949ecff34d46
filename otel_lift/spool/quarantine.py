"""Damaged files are kept for a person to look at, reported, and never stand in the way."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otel_lift.spool.files import Files
from otel_lift.spool.layout import Layout, Name

__all__ = ["Quarantined", "keep_copy", "move_away"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A damaged segment: where its file is kept, what is wrong with it, and how many of its rows were saved."""

    name: Name
    path: Path
    reason: str
    saved_rows: int = 0


def move_away(layout: Layout, files: Files, name: Name, reason: str) -> Quarantined:
    """Take a sealed segment and its sidecar out of every exporter's way; raises OSError."""
    sealed, sidecar = layout.sealed(name), layout.sidecar(name)
    target = layout.quarantined(sealed)
    files.rename(sealed, target)
    with suppress(FileNotFoundError):
        files.rename(sidecar, layout.quarantined(sidecar))
    files.sync_folder(layout.quarantine)
    files.sync_folder(sealed.parent)
    return _report(Quarantined(name, target, reason))


def keep_copy(layout: Layout, files: Files, name: Name, path: Path, reason: str, saved_rows: int) -> Quarantined:
    """Copy a file into quarantine before its damaged part is cut off; raises OSError."""
    target = layout.quarantined(path)
    files.unlink(target)
    descriptor = files.create(target)
    try:
        with path.open("rb") as source:
            while chunk := source.read(2**20):
                files.write(descriptor, chunk)
        files.sync(descriptor)
    finally:
        files.close(descriptor)
    files.sync_folder(layout.quarantine)
    return _report(Quarantined(name, target, reason, saved_rows))


def _report(quarantined: Quarantined) -> Quarantined:
    _LOG.error(
        "segment %s of %s is damaged: %s; kept as %s, %d rows of it saved",
        quarantined.name.segment,
        quarantined.name.table,
        quarantined.reason,
        quarantined.path.name,
        quarantined.saved_rows,
    )
    return quarantined

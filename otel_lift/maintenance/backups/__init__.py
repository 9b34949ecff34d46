"""Backups of embedded stores: made by the engine, described by a manifest, restored, and removed when they are old.

::

    <folder>/<exporter>/<2026-11-21T020000Z>/content/     what the engine wrote
                                             manifest.json

The manifest is written last: a folder without one is no backup. What must not come back with one stays out: the
registers of consent and erasures, which live in the data folder, and what relates pseudonyms of different keys.
"""

from otel_lift.maintenance.backups.folder import Manifest, backups_folder, known_backups
from otel_lift.maintenance.backups.make import back_up, check_backups, make_backup, prune
from otel_lift.maintenance.backups.restore import restore_backup

__all__ = [
    "Manifest",
    "back_up",
    "backups_folder",
    "check_backups",
    "known_backups",
    "make_backup",
    "prune",
    "restore_backup",
]

"""Registers: files of entries that only grow, which local processes share and every store has a copy of.

What was promised to people stands in them (consent, erasures): it must outlive a store that is restored from a backup,
and hold while a store is away. A `Synchroniser` keeps files and stores the same.
"""

from otel_lift.registers.file import RegisterFile
from otel_lift.registers.kind import Kind, Value
from otel_lift.registers.sync import Synced, Synchroniser
from otel_lift.registers.tombstones import TOMBSTONES, Tombstone, Tombstones, read_tombstones, tombstones_path

__all__ = [
    "TOMBSTONES",
    "Kind",
    "RegisterFile",
    "Synced",
    "Synchroniser",
    "Tombstone",
    "Tombstones",
    "Value",
    "read_tombstones",
    "tombstones_path",
]

"""Relinking: one subject for each person across the epochs whose keys are remembered, for analyses over a rotation.

`lift_relinks` holds it in memory only (engine Memory), so what relates people is on no disk, and is gone when the key
that it was read with is destroyed. The views `lift_events_relinked` and `lift_user_days_linked` read it.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import gather
from otel_lift.jobs import Job, JobContext, OpenStore
from otel_lift.keys import KeyRing, Relations

__all__ = ["EVERY", "RELINKS", "relink_job"]

EVERY = 300.0
"""Seconds between two looks at the subjects."""

RELINKS = "lift_relinks"
"""The table: `subject` under an older key, and the same person's newest one as `linked_subject`."""


def relink_job() -> Job:
    """Answer the job that keeps `lift_relinks` as the keys are."""
    return Job("relink", EVERY, _run)


def _run(context: JobContext) -> None:
    ring = context.keys()
    for store in context.stores:
        _write(store, *_relinks(store, ring) if ring is not None and len(ring.keys) > 1 else _nobody())


def _nobody() -> tuple[Any, Any]:
    nothing = pa.array([], pa.string())
    return nothing, nothing


def _relinks(opened: OpenStore, ring: KeyRing) -> tuple[Any, Any]:
    """Answer the subjects that have a newer one, and these."""
    subjects, persons, epochs = [], [], []
    for epoch, key in enumerate(ring.keys):
        rows = opened.store.query_arrow(
            f"SELECT DISTINCT subject, link FROM {opened.options.qualified('lift_subjects')} "  # noqa: S608 - a quoted name
            "WHERE subject_key = {key:String}",
            {"key": key.id},
        )
        if not rows.num_rows:
            continue
        columns = [rows.column(name).combine_chunks().cast(pa.string()) for name in ("subject", "link")]
        subjects.append(columns[0])
        persons.append(Relations(key).persons(*columns))
        epochs.append(np.full(rows.num_rows, epoch))
    if len(epochs) < 2:
        return _nobody()
    return _newest(pa.concat_arrays(subjects), persons, np.concatenate(epochs))


def _newest(subjects: Any, persons: Sequence[npt.NDArray[np.bytes_]], epochs: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    _, person = np.unique(np.concatenate(persons), return_inverse=True)
    order = np.lexsort((epochs, person))
    is_last = np.append(person[order][1:] != person[order][:-1], True)
    newest = np.zeros(person.max() + 1, np.int64)
    newest[person[order][is_last]] = order[is_last]
    older = order[~is_last]
    return gather(subjects, older), gather(subjects, newest[person[older]])


def _write(opened: OpenStore, subjects: Any, linked: Any) -> None:
    """Put the rows in the table's place at once, so that a reader sees the old or the new."""
    store, name = opened.store, opened.options.qualified
    fresh = f"{RELINKS}_{secrets.token_hex(4)}"
    store.command(f"CREATE TABLE {name(fresh)} AS {name(RELINKS)}")
    try:
        if len(subjects):
            rows = pa.RecordBatch.from_pydict({"subject": subjects, "linked_subject": linked})
            store.insert_rows(fresh, rows, fresh)
        store.command(f"EXCHANGE TABLES {name(RELINKS)} AND {name(fresh)}")
    finally:
        store.command(f"DROP TABLE {name(fresh)} SYNC")

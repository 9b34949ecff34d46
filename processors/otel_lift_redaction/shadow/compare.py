"""Two outcomes of one batch side by side, counted by what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Batch
from otel_lift_redaction.changes import Changes, Place

__all__ = ["Difference", "Group", "compare"]

_Rows = npt.NDArray[np.int64]
_NO_CODE = -1


class Difference(IntEnum):
    """How the outcomes for a value differ."""

    SAME = 0
    ONLY_LIVE = 1
    ONLY_CANDIDATE = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one place that differ alike, by the same rules: `count` of them.

    `code` is that of their attribute key in the batch, None where they are no attribute values, or do not differ.
    """

    place: Place
    difference: Difference
    code: int | None
    live: tuple[str, ...]
    candidate: tuple[str, ...]
    count: int


def compare(
    batch: Batch,
    live: Mapping[Place, Changes],
    candidate: Mapping[Place, Changes],
    live_names: Sequence[str],
    candidate_names: Sequence[str],
) -> Iterator[Group]:
    """Yield the groups of all values that one of two outcomes of the batch changes."""
    for place in live.keys() | candidate.keys():
        ours, theirs = live.get(place), candidate.get(place)
        rows = np.union1d(_rows(ours), _rows(theirs))
        at_ours, at_theirs = _found(_rows(ours), rows), _found(_rows(theirs), rows)
        difference = np.where(
            at_theirs < 0,
            Difference.ONLY_LIVE,
            np.where(at_ours < 0, Difference.ONLY_CANDIDATE, _compared(ours, theirs, at_ours, at_theirs)),
        )
        uses = np.maximum(_uses(ours, at_ours), _uses(theirs, at_theirs))
        code = np.full(len(rows), _NO_CODE, np.int64)
        if place.column == "attributes":
            differs = difference != Difference.SAME
            code[differs] = batch.attributes(place.level).codes[rows[differs]]
        marks = _marks(ours, at_ours, len(live_names)), _marks(theirs, at_theirs, len(candidate_names))
        for kind, key, here, there, count in _grouped(difference, code, *marks, uses):
            yield Group(
                place,
                Difference(kind),
                None if key == _NO_CODE else key,
                tuple(live_names[index] for index in here),
                tuple(candidate_names[index] for index in there),
                count,
            )


def _rows(changes: Changes | None) -> _Rows:
    return np.zeros(0, np.int64) if changes is None else changes.rows


def _found(rows: _Rows, wanted: _Rows) -> _Rows:
    """Answer where each of the wanted stands in ascending rows, -1 where it does not."""
    places = np.searchsorted(rows, wanted)
    return np.where(np.append(rows, -1)[places] == wanted, places, -1)


def _compared(ours: Changes | None, theirs: Changes | None, at_ours: _Rows, at_theirs: _Rows) -> Any:
    """Answer where both change a value whether they make another text of it; elsewhere anything."""
    difference = np.full(len(at_ours), Difference.SAME)
    both = np.flatnonzero((at_ours >= 0) & (at_theirs >= 0))
    if ours is not None and theirs is not None and len(both):
        one, other = arrays.gather(ours.texts, at_ours[both]), arrays.gather(theirs.texts, at_theirs[both])
        equal = pc.if_else(pc.is_null(one), pc.is_null(other), pc.fill_null(pc.equal(one, other), False))
        difference[both[~equal.to_numpy(zero_copy_only=False)]] = Difference.OTHER
    return difference


def _uses(changes: Changes | None, at: _Rows) -> _Rows:
    return np.zeros(len(at), np.int64) if changes is None else np.where(at < 0, 0, changes.uses[at])


def _marks(changes: Changes | None, at: _Rows, width: int) -> npt.NDArray[np.bool_]:
    marks = np.zeros((len(at), width), np.bool_)
    if changes is not None:
        marks[at >= 0] = changes.marks[at[at >= 0]]
    return marks


def _grouped(
    difference: _Rows, code: _Rows, live: npt.NDArray[np.bool_], candidate: npt.NDArray[np.bool_], uses: _Rows
) -> Iterator[tuple[int, int, list[int], list[int], int]]:
    """Yield what stands together, and how often: difference, code, rules of the live and of the candidate."""
    columns = np.column_stack(
        [difference.astype(np.int64)[:, None].view(np.uint8), code[:, None].view(np.uint8)]
        + [np.packbits(marks, axis=1) for marks in (live, candidate)]
    )
    _, firsts, which = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    counts = np.bincount(which.reshape(-1), weights=uses, minlength=len(firsts)).astype(np.int64)
    for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
        here, there = (np.flatnonzero(marks[first]).tolist() for marks in (live, candidate))
        yield int(difference[first]), int(code[first]), here, there, count

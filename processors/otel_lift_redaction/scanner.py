"""All detectors over a column of texts."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift_redaction.detectors import GATES
from otel_lift_redaction.matching import Rule, matches
from otel_lift_redaction.triggers import Trigger, triggers

__all__ = ["Findings", "Scanner", "put"]

_NOTHING = pa.array([], pa.string())

# RE2 prepares an expression anew at each call, which costs as much as to apply it to a hundred texts; so what became of
# texts is remembered where a trigger has no more than so many
_FEW = 64
_CACHED_TEXTS = 4096
_CACHED_LENGTH = 512

# of each combination of bits, which triggers it has
_HAS = np.arange(2 * Trigger.ANY)[:, None] & np.array([int(trigger) for trigger in Trigger]) != 0

_Outcome = tuple[str, npt.NDArray[np.bool_]] | tuple[None, None]


@dataclass(frozen=True, slots=True)
class Findings:
    """Texts that were changed: k of them, at `rows` of the scanned column, which became `texts`.

    `marks`, bool of shape (k, number of rule names), says by which rules.
    """

    rows: npt.NDArray[np.int64]
    texts: Any  # pa.StringArray of k
    marks: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the changed texts."""
        return len(self.rows)

    def at(self, rows: npt.NDArray[np.int64]) -> "Findings":
        """Answer the findings of a column of which the scanned one were the `rows`."""
        return Findings(rows[self.rows], self.texts, self.marks)

    def and_also(self, other: "Findings") -> "Findings":
        """Answer both findings of one column."""
        return Findings(
            np.concatenate([self.rows, other.rows]),
            pa.concat_arrays([self.texts, other.texts]),
            np.concatenate([self.marks, other.marks]),
        )


def put(values: Any, rows: npt.NDArray[np.int64], texts: Any) -> Any:
    """Put `texts` at `rows` of a string array; faster than Arrow's `replace_with_mask`."""
    order = np.arange(len(values))
    order[rows] = len(values) + np.arange(len(rows))
    return pa.concat_arrays([values, texts]).take(pa.array(order))


class Scanner:
    """Applies the rules, in order, to the texts that hold what each needs."""

    def __init__(self, rules: Sequence[Rule], names: Sequence[str]) -> None:
        """Keep the rules; `names` are the rule names that `Findings.marks` has columns for."""
        self._rules = [(rule, names.index(rule.detector.name)) for rule in rules]
        self._width = len(names)
        self._used = used = {rule.detector.trigger for rule in rules}
        self._gates = [(trigger, gate) for trigger, gate in GATES.items() if trigger in used]
        self._unused = np.uint16(~int(sum(used - {Trigger.ANY})) & 0xFF)
        self._all = Trigger.ANY in used
        self._known: OrderedDict[str, _Outcome] = OrderedDict()

    def scan(self, values: Any) -> Findings:
        """Find and rewrite in a string array without nulls, best of distinct texts."""
        bits = triggers(values).astype(np.uint16)
        bits &= ~self._unused
        rare = self._rare(bits)
        if not len(rare):
            return self._scan(values, bits)
        texts = values.take(pa.array(rare)).to_pylist()
        outcomes = [self._known.get(text) for text in texts]
        new = [place for place, outcome in enumerate(outcomes) if outcome is None]
        changed = [(row, *one) for row, one in zip(rare.tolist(), outcomes, strict=True) if one and one[0] is not None]
        left = np.ones(len(bits), np.bool_)
        left[rare] = False
        left[rare[new]] = True
        rows = np.flatnonzero(left)
        found = self._scan(values.take(pa.array(rows)), bits[rows]).at(rows)
        self._remember({int(rare[place]): texts[place] for place in new}, found)
        if not changed:
            return found
        known = Findings(
            np.array([row for row, _, _ in changed]),
            pa.array([text for _, text, _ in changed], pa.string()),
            np.array([marks for _, _, marks in changed]),
        )
        return found.and_also(known)

    def _rare(self, bits: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
        """Answer the rows with a trigger that few rows have."""
        counts = np.bincount(bits, minlength=len(_HAS)) @ _HAS
        is_few = _HAS[:, counts <= _FEW].any(axis=1)
        return np.flatnonzero(is_few.take(bits))

    def _remember(self, new: Mapping[int, str], found: Findings) -> None:
        """Keep what became of the texts at the rows of `new`."""
        place_of = {row: place for place, row in enumerate(found.rows.tolist()) if row in new}
        for row, text in new.items():
            if len(text) <= _CACHED_LENGTH:
                place = place_of.get(row)
                self._known[text] = (
                    (None, None) if place is None else (found.texts[place].as_py(), found.marks[place].copy())
                )
        while len(self._known) > _CACHED_TEXTS:
            self._known.popitem(last=False)

    def _scan(self, values: Any, bits: npt.NDArray[np.uint16]) -> Findings:
        self._close(values, bits)
        hot = np.flatnonzero(bits)
        marks = np.zeros((len(hot), self._width), np.bool_)
        if not len(hot):
            return Findings(hot, _NOTHING, marks)
        bits, texts = bits[hot], values.take(pa.array(hot))
        waiting = {trigger: np.flatnonzero(bits & np.uint16(trigger)) for trigger in self._used}
        for rule, name in self._rules:
            rows = waiting[rule.detector.trigger]
            if not len(rows):
                continue
            found = texts.take(pa.array(rows))
            if not rule.eager:
                matched = matches(found, rule.pattern)
                if not matched.any():
                    continue
                rows, found = rows[matched], found.filter(pa.array(matched))
            rewritten = rule.apply(found)
            changed = pc.not_equal(rewritten, found)
            rows = rows[changed.to_numpy(zero_copy_only=False)]
            if len(rows):
                marks[rows, name] = True
                texts = put(texts, rows, rewritten.filter(changed))
        touched = marks.any(axis=1)
        return Findings(hot[touched], texts.filter(pa.array(touched)), marks[touched])

    def _close(self, values: Any, bits: npt.NDArray[np.uint16]) -> None:
        """Take the bits away that a gate does not let through, and set the one that all texts have."""
        for trigger, gate in self._gates:
            rows = np.flatnonzero(bits & np.uint16(trigger))
            if len(rows):
                open_ = matches(values.take(pa.array(rows)), gate)
                bits[rows[~open_]] &= ~np.uint16(trigger)
        if self._all:
            bits |= np.uint16(Trigger.ANY)

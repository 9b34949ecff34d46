"""All detectors over a column of texts."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift_redaction.lattice.trace import Change, Trace
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.triggers import Candidates

__all__ = ["Findings", "Scanner"]

# RE2 prepares an expression anew at each call, which costs as much as to apply it to a hundred texts; so what became of
# texts is remembered where no more than so many need expressions
_FEW = 256
_CACHED_TEXTS = 4096
_CACHED_LENGTH = 512

_Outcome = tuple[str, npt.NDArray[np.bool_]] | tuple[None, None]


@dataclass(frozen=True, slots=True)
class Findings:
    """Texts that were changed: k of them, at `rows` of the scanned ones, which became `texts`.

    `marks`, bool of shape (k, number of rule names), says by which rules.
    """

    rows: npt.NDArray[np.int64]
    texts: Any  # pa.StringArray of k
    marks: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the changed texts."""
        return len(self.rows)


class Scanner:
    """Applies the rules, in order, to the texts that hold what each needs."""

    def __init__(self, rules: Sequence[Rule], names: Sequence[str]) -> None:
        """Keep the rules; `names` are the rule names that `Findings.marks` has columns for."""
        self._rules = [(rule, int(rule.detector.trigger), names.index(rule.detector.name)) for rule in rules]
        self._width = len(names)
        self._by_expression = np.uint32(0)
        self.wanted = 0
        """The triggers that the rules have."""
        for rule, trigger, _ in self._rules:
            self.wanted |= trigger
            if rule.finder is None:
                self._by_expression |= np.uint32(trigger)
        self._known: OrderedDict[str, _Outcome] = OrderedDict()

    def candidates(
        self,
        values: Any,
        types: npt.NDArray[np.uint8] | None = None,
        spared: npt.NDArray[np.bool_] | None = None,
    ) -> Candidates | None:
        """Answer which texts of a column `scan` has to look at, if any; the arguments are those of `Candidates.of`."""
        return Candidates.of(values, self.wanted, types, spared)

    def scan(self, texts: Any, bits: npt.NDArray[np.uint32]) -> Findings:
        """Find and rewrite in a string array without nulls, best of distinct texts; `bits` are their triggers."""
        slow = np.flatnonzero(bits & self._by_expression)
        if not 0 < len(slow) <= _FEW:
            return self._scan(texts, bits)
        looked_up = arrays.gather(texts, slow).to_pylist()
        outcomes = [self._known.get(text) for text in looked_up]
        left = np.ones(len(bits), np.bool_)
        left[[row for row, outcome in zip(slow.tolist(), outcomes, strict=True) if outcome is not None]] = False
        rows = np.flatnonzero(left)
        found = self._scan(texts if len(rows) == len(texts) else arrays.gather(texts, rows), bits[rows])
        found = Findings(rows[found.rows], found.texts, found.marks)
        place_of = _places(found.rows, slow)
        changed: list[tuple[int, str, npt.NDArray[np.bool_]]] = []
        for row, place, text, outcome in zip(slow.tolist(), place_of, looked_up, outcomes, strict=True):
            if outcome is None:
                self._remember(text, found, place)
            elif outcome[0] is not None:
                changed.append((row, *outcome))
        return _with_known(found, changed) if changed else found

    def find(self, texts: Sequence[str]) -> list[list[Change]]:
        """Answer what `scan` changes in each of some texts, in places of the text as it came."""
        traces = [Trace(text) for text in texts]
        column = pa.array(texts, pa.string())
        bits = np.zeros(len(texts), np.uint32)
        _mark(bits, np.arange(len(texts)), self.candidates(column))
        for rule, trigger, name in self._rules:
            waiting = np.flatnonzero(bits & np.uint32(trigger))
            if not len(waiting):
                continue
            edits = rule.find(pa.array([traces[row].text for row in waiting.tolist()], pa.string()))
            rows = [
                row for row, own in zip(waiting.tolist(), edits, strict=True) if own and traces[row].apply(own, name)
            ]
            if rows:
                again = self.candidates(pa.array([traces[row].text for row in rows], pa.string()))
                _mark(bits, np.array(rows, np.int64), again)
        return [trace.changes for trace in traces]

    def _remember(self, text: str, found: Findings, place: int | None) -> None:
        if len(text) > _CACHED_LENGTH:
            return
        self._known[text] = (None, None) if place is None else (found.texts[place].as_py(), found.marks[place].copy())
        if len(self._known) > _CACHED_TEXTS:
            self._known.popitem(last=False)

    def _scan(self, texts: Any, bits: npt.NDArray[np.uint32]) -> Findings:
        marks = np.zeros((len(texts), self._width), np.bool_)
        touched = np.zeros(len(texts), np.bool_)
        present = int(np.bitwise_or.reduce(bits))
        for rule, trigger, name in self._rules:
            if not present & trigger:
                continue
            waiting = np.flatnonzero(bits & np.uint32(trigger))
            places, rewritten = rule.apply(texts if len(waiting) == len(texts) else arrays.gather(texts, waiting))
            if not len(places):
                continue
            rows = waiting[places]
            marks[rows, name] = touched[rows] = True
            texts = rewritten if len(rows) == len(texts) else arrays.put(texts, rows, rewritten)
            # what stands beside a finding may look otherwise without it
            again = self.candidates(rewritten)
            if again is not None:
                bits = bits.copy()
                bits[rows[again.rows]] |= again.bits[again.codes]
                present |= int(np.bitwise_or.reduce(again.bits))
        rows = np.flatnonzero(touched)
        return Findings(rows, texts if len(rows) == len(texts) else arrays.gather(texts, rows), marks[rows])


def _mark(bits: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64], found: Candidates | None) -> None:
    """Take in the triggers that some of the texts have."""
    if found is not None:
        bits[rows[found.rows]] |= found.bits[found.codes]


def _places(rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> list[int | None]:
    """Answer where each of the wanted stands in ascending rows, None where it does not."""
    places = np.searchsorted(rows, wanted)
    here = np.append(rows, -1)[places] == wanted
    return [place if known else None for place, known in zip(places.tolist(), here.tolist(), strict=True)]


def _with_known(found: Findings, known: list[tuple[int, str, npt.NDArray[np.bool_]]]) -> Findings:
    rows, texts, marks = zip(*known, strict=True)
    return Findings(
        np.concatenate([found.rows, np.array(rows, np.int64)]),
        pa.concat_arrays([found.texts, pa.array(texts, pa.string())]),
        np.concatenate([found.marks, np.array(marks)]),
    )

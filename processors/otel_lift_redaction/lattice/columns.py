"""All rules over a column of texts: as they stand where nothing is encoded, else through the lattice."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift_redaction.lattice.engine import Lattice
from otel_lift_redaction.scanner import Findings, Scanner
from otel_lift_redaction.triggers import Candidates

__all__ = ["SUSPECT", "ColumnScanner"]

SUSPECT = np.uint32(1 << 31)
"""The bit, beside those of triggers, of a text that has to be decoded."""

_CACHED_TEXTS = 8192
_CACHED_CHARACTERS = 4_194_304
_NONE = -1


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a text, None where nothing was found, and the indices of the rules that did it."""

    text: str | None
    rules: tuple[int, ...] = ()


class ColumnScanner:
    """Scans columns; remembers what became of texts that had to be decoded, within a bound."""

    def __init__(self, scanner: Scanner, lattice: Lattice, width: int) -> None:
        """Keep what finds in plain texts and in encoded ones; `width` is the number of rule names."""
        self._scanner = scanner
        self._lattice = lattice
        self._width = width
        self._known: OrderedDict[str, _Outcome] = OrderedDict()
        self._size = 0

    def candidates(
        self,
        values: Any,
        types: npt.NDArray[np.uint8] | None = None,
        spared: npt.NDArray[np.bool_] | None = None,
    ) -> Candidates | None:
        """Answer which texts of a column `scan` has to look at, if any; the arguments are those of `Candidates.of`."""
        plain = self._scanner.candidates(values, types, spared)
        found = self._lattice.suspects.find(values, types, spared)
        if found is None:
            return plain
        rows, codes, firsts = found
        suspect = Candidates(rows, codes, firsts, np.full(len(firsts), SUSPECT))
        return suspect if plain is None else _united(plain, suspect, len(values))

    def scan(self, texts: Any, bits: npt.NDArray[np.uint32]) -> Findings:
        """Find and rewrite in a string array without nulls, best of distinct texts; `bits` are their triggers."""
        chosen = (bits & SUSPECT) != 0
        if not chosen.any():
            return self._scanner.scan(texts, bits)
        decoded = self._decoded(np.flatnonzero(chosen), texts.filter(pa.array(chosen)).to_pylist())
        if chosen.all():
            return decoded
        rows = np.flatnonzero(~chosen)
        plain = self._scanner.scan(arrays.gather(texts, rows), bits[rows])
        return Findings(
            np.concatenate([rows[plain.rows], decoded.rows]),
            pa.concat_arrays([plain.texts, decoded.texts]),
            np.concatenate([plain.marks, decoded.marks]),
        )

    def _decoded(self, rows: npt.NDArray[np.int64], texts: Sequence[str]) -> Findings:
        outcomes = {text: self._known.get(text) for text in texts}
        new = [text for text, outcome in outcomes.items() if outcome is None]
        for text, found in zip(new, self._lattice.find(new) if new else [], strict=True):
            rules = tuple(sorted({rule for one in found for rule in one.rules}))
            parts: list[str] = []
            at = 0
            for one in found:
                parts += text[at : one.begin], one.after
                at = one.end
            outcomes[text] = _Outcome("".join([*parts, text[at:]]), rules) if found else _Outcome(None)
            self._remember(text, outcomes[text])
        changed = [
            (row, outcome.text, outcome.rules)
            for row, text in zip(rows.tolist(), texts, strict=True)
            if (outcome := outcomes[text]) is not None and outcome.text is not None
        ]
        marks = np.zeros((len(changed), self._width), np.bool_)
        for place, (_, _, ruled) in enumerate(changed):
            marks[place, list(ruled)] = True
        made = pa.array([text for _, text, _ in changed], pa.string())
        return Findings(np.array([row for row, _, _ in changed], np.int64), made, marks)

    def _remember(self, text: str, outcome: _Outcome | None) -> None:
        if outcome is None or len(text) > _CACHED_CHARACTERS // 64:
            return
        self._known[text] = outcome
        self._size += len(text) + len(outcome.text or "")
        while len(self._known) > _CACHED_TEXTS or self._size > _CACHED_CHARACTERS:
            gone, was = self._known.popitem(last=False)
            self._size -= len(gone) + len(was.text or "")


def _united(plain: Candidates, suspect: Candidates, size: int) -> Candidates:
    """Answer the candidates of both kinds, with the triggers that the first one has and the mark of the second."""
    code_of = np.full((2, size), _NONE, np.int32)
    code_of[0, plain.rows], code_of[1, suspect.rows] = plain.codes, suspect.codes
    rows = np.flatnonzero((code_of >= 0).any(axis=0)).astype(np.int32)
    pairs = code_of[:, rows]
    keys = (pairs[0].astype(np.int64) + 1) * (len(suspect.firsts) + 1) + pairs[1] + 1
    _, firsts, codes = np.unique(keys, return_index=True, return_inverse=True)
    mine, others = pairs[0, firsts], pairs[1, firsts]
    bits = np.where(mine >= 0, np.append(plain.bits, np.uint32(0))[mine], np.uint32(0))
    bits |= np.where(others >= 0, SUSPECT, np.uint32(0))
    return Candidates(rows, codes.astype(np.int32), rows[firsts], bits)

"""The `redaction` processor: what identifies a person or opens a door is taken out of every text."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.batch import Batch, ValueType
from otel_lift.pipeline import Services
from otel_lift_redaction.by_key import apply_keys
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.positions import Position, positions
from otel_lift_redaction.rules import Rules
from otel_lift_redaction.summary import Summary

__all__ = ["RedactionProcessor"]

_NONE = -1


class RedactionProcessor:
    """Applies rules by key to attributes, then detectors to every text that a client can fill.

    The texts of all positions are scanned as one column of distinct texts, so the work grows with what is new in a
    batch, not with its records. Fills `lift.redaction.count` and `lift.redaction.rules`; counts `redactions` by rule
    and level.
    """

    def __init__(self, config: RedactionConfig, services: Services) -> None:
        """Keep the configuration; a key is read by `start`."""
        self._config = config
        self._services = services
        self._rules: Rules

    def start(self) -> None:
        """Prepare the rules, and read or make the key if one of them hashes. Raises ConfigError."""
        self._rules = Rules.of(self._config, self._services.data)

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with all that a rule finds taken out."""
        if not len(batch):
            return batch
        summary = Summary(batch, self._rules.names)
        batch, spared = apply_keys(batch, self._rules.keys, len(self._rules.names), summary)
        batch = self._apply_detectors(batch, positions(batch, spared), summary)
        return summary.write(batch, self._services.meter)

    def _apply_detectors(self, batch: Batch, places: list[Position], summary: Summary) -> Batch:
        if not places:
            return batch
        starts = np.concatenate(([0], np.cumsum([len(place.texts) for place in places])))
        texts = pa.concat_arrays([place.texts for place in places])
        found, outcome, marks = self._find(texts, places, starts)
        if not len(outcome):
            return batch
        for place, start, end in zip(places, starts[:-1], starts[1:], strict=True):
            rows = np.flatnonzero(found[start:end] != _NONE)
            if len(rows):
                which = found[start:end][rows]
                batch = place.put(batch, rows, outcome.take(pa.array(which)))
                owners, held = place.owners(rows)
                summary.add(place.level, owners, marks[which[held]])
        return batch

    def _find(
        self, texts: Any, places: list[Position], starts: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], Any, npt.NDArray[np.bool_]]:
        """Answer for each text which outcome it has (-1: none), the outcomes' texts, and their marks by rule."""
        encoded = texts.dictionary_encode()
        findings = self._rules.scanner.scan(encoded.dictionary)
        found = np.full(len(texts), _NONE, np.int64)
        if len(findings):
            outcome_of = np.full(len(encoded.dictionary), _NONE, np.int64)
            outcome_of[findings.rows] = np.arange(len(findings))
            found = outcome_of[encoded.indices.to_numpy()]
            for place, start, end in zip(places, starts[:-1], starts[1:], strict=True):
                if place.types is not None or place.spared is not None:
                    found[start:end][~place.plain] = _NONE
        rows, inside = self._find_nested(texts, places, starts)
        found[rows] = np.where(inside.of_value == _NONE, _NONE, inside.of_value + len(findings))
        return (
            found,
            pa.concat_arrays([findings.texts, inside.texts]),
            np.concatenate([findings.marks, inside.marks]),
        )

    def _find_nested(
        self, texts: Any, places: list[Position], starts: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], "_Inside"]:
        """Answer which texts have an inside, and what was found there."""
        width = len(self._rules.names)
        chosen = [place.nested for place in places]
        rows = np.concatenate([some + start for some, start in zip(chosen, starts[:-1], strict=True)])
        if not len(rows):
            return rows, _Inside(rows, pa.array([], pa.string()), np.zeros((0, width), np.bool_))
        types = [place.types[some] for place, some in zip(places, chosen, strict=True) if place.types is not None]
        encoded = texts.take(pa.array(rows)).dictionary_encode()
        kinds = len(ValueType)
        pairs, value_of = np.unique(
            encoded.indices.to_numpy().astype(np.int64) * kinds + np.concatenate(types), return_inverse=True
        )
        distinct = encoded.dictionary.take(pa.array(pairs // kinds)).to_pylist()
        outcomes = self._rules.nested.redact(list(zip((pairs % kinds).tolist(), distinct, strict=True)))
        changed = [outcome for outcome in outcomes if outcome.text is not None]
        marks = np.zeros((len(changed), width), np.bool_)
        for place, outcome in enumerate(changed):
            marks[place, list(outcome.rules)] = True
        hit = np.array([outcome.text is not None for outcome in outcomes])
        outcome_of = np.where(hit, np.cumsum(hit) - 1, _NONE)
        return rows, _Inside(outcome_of[value_of], pa.array([one.text for one in changed], pa.string()), marks)


@dataclass(frozen=True, slots=True)
class _Inside:
    """Which outcome each value with an inside has (-1: none), the outcomes' texts, and their marks by rule."""

    of_value: npt.NDArray[np.int64]
    texts: Any
    marks: npt.NDArray[np.bool_]

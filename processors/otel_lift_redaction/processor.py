"""The `redaction` processor: what identifies a person or opens a door is taken out of every text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import Batch, ValueType
from otel_lift.pipeline import Services
from otel_lift_redaction.by_key import apply_keys
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.drift.watch import Drift
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.positions import Position, positions
from otel_lift_redaction.rules import Rules
from otel_lift_redaction.scanner import Findings
from otel_lift_redaction.shadow import Shadow
from otel_lift_redaction.summary import Summary

__all__ = ["RedactionProcessor"]

_NONE = -1


class RedactionProcessor:
    """Applies rules by key to attributes, then detectors to every text that a client can fill.

    One look at the bytes of every text tells which a detector can find something in; the detectors' work grows with
    the distinct ones of these, not with the records. Fills `lift.redaction.count` and `lift.redaction.rules`; counts
    `redactions` by rule and level.
    """

    def __init__(self, config: RedactionConfig, services: Services) -> None:
        """Keep the configuration; a key is read by `start`."""
        self._config = config
        self._services = services
        self._rules: Rules
        self._drift: Drift
        self._shadow = Shadow(config, services, RedactionProcessor.only_finding)

    @classmethod
    def only_finding(cls, config: RedactionConfig, data: Path) -> "RedactionProcessor":
        """Answer one to `find` with, which counts and keeps nothing; its key is as for `start`. Raises ConfigError."""
        made = cls(config, Services(name="", data=data))
        made._rules = Rules.of(config, data)
        return made

    def start(self) -> None:
        """Prepare the rules, and read or make the key if one of them hashes. Raises ConfigError."""
        self._rules = Rules.of(self._config, self._services.data)
        self._drift = Drift(self._config.drift, self._rules.names, self._services)
        self._drift.start()

    def stop(self) -> None:
        """Write what is known of drift, and end the candidate that runs beside, if one does."""
        self._shadow.stop()
        self._drift.stop()

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with all that a rule finds taken out."""
        if not len(batch):
            return batch
        summary = Summary(batch, self._rules.names)
        batch = self._drift.hold_back(batch, summary)
        outcome = self.find(batch, summary)
        self._shadow.look(batch, outcome, self)
        redacted = outcome.applied(summary)
        self._drift.follow(redacted, [(outcome.places[at], found) for at, found in outcome.found.items()])
        return summary.write(redacted, self._services.meter)

    def find(self, batch: Batch, summary: Summary) -> Outcome:
        """Answer what the rules find in a batch with records; `summary` learns of the rules by key."""
        batch, spared = apply_keys(batch, self._rules.keys, len(self._rules.names), summary)
        places = positions(batch, spared)
        plain = self._find_plain(places)
        nested = self._find_nested(places)
        merged = ((at, _merged(plain.get(at), nested.get(at))) for at in range(len(places)))
        return Outcome(self._rules, batch, places, {at: found for at, found in merged if found is not None})

    def _find_plain(self, places: Sequence[Position]) -> dict[int, Findings]:
        """Answer what is found in texts as they stand, by position."""
        scanner = self._rules.scanner
        seen = [(at, scanner.candidates(place.texts, place.types, place.spared)) for at, place in enumerate(places)]
        chosen = [(at, candidates) for at, candidates in seen if candidates is not None]
        if not chosen:
            return {}
        texts = [arrays.gather(places[at].texts, candidates.firsts) for at, candidates in chosen]
        bits = np.concatenate([candidates.bits for _, candidates in chosen])
        findings = scanner.scan(pa.concat_arrays(texts) if len(texts) > 1 else texts[0], bits)
        outcome_of = np.full(len(bits), _NONE, np.int64)
        outcome_of[findings.rows] = np.arange(len(findings))
        found, start = {}, 0
        for at, candidates in chosen:
            outcomes = outcome_of[start : start + len(candidates.firsts)][candidates.codes]
            start += len(candidates.firsts)
            changed = np.flatnonzero(outcomes != _NONE)
            if len(changed):
                outcomes = outcomes[changed]
                found[at] = Findings(
                    candidates.rows[changed].astype(np.int64),
                    arrays.gather(findings.texts, outcomes),
                    findings.marks[outcomes],
                )
        return found

    def _find_nested(self, places: Sequence[Position]) -> dict[int, Findings]:
        """Answer what is found in texts with an inside, by position."""
        chosen = [(at, rows) for at, place in enumerate(places) if len(rows := place.nested)]
        values = [_Distinct.of(places[at], rows) for at, rows in chosen]
        if not values:
            return {}
        outcomes = self._rules.nested.redact([pair for one in values for pair in one.pairs])
        found, start = {}, 0
        for (at, rows), one in zip(chosen, values, strict=True):
            mine = outcomes[start : start + len(one.pairs)]
            start += len(one.pairs)
            which = [place for place, outcome in enumerate(mine) if outcome.text is not None]
            if not which:
                continue
            marks = np.zeros((len(which), len(self._rules.names)), np.bool_)
            for place, outcome in enumerate(which):
                marks[place, list(mine[outcome].rules)] = True
            outcome_of = np.full(len(mine), _NONE, np.int64)
            outcome_of[which] = np.arange(len(which))
            of_row = outcome_of[one.codes]
            changed = np.flatnonzero(of_row != _NONE)
            texts = pa.array([mine[place].text for place in which], pa.string())
            found[at] = Findings(rows[changed], arrays.gather(texts, of_row[changed]), marks[of_row[changed]])
        return found


@dataclass(frozen=True, slots=True)
class _Distinct:
    """The distinct values with an inside of a position, as (type, text), and of each of its rows which it has."""

    pairs: list[tuple[int, str]]
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, place: Position, rows: npt.NDArray[np.int64]) -> "_Distinct":
        assert place.types is not None
        encoded = arrays.gather(place.texts, rows).dictionary_encode()
        kinds = len(ValueType)
        numbers, codes = np.unique(
            encoded.indices.to_numpy().astype(np.int64) * kinds + place.types[rows], return_inverse=True
        )
        texts = arrays.gather(encoded.dictionary, numbers // kinds).to_pylist()
        return cls(list(zip((numbers % kinds).tolist(), texts, strict=True)), codes)


def _merged(plain: Findings | None, nested: Findings | None) -> Findings | None:
    """Answer both findings of one position, in the order of their rows."""
    if plain is None:
        return nested
    if nested is None:
        return plain
    rows = np.concatenate([plain.rows, nested.rows])
    order = np.argsort(rows)
    return Findings(
        rows[order],
        pa.concat_arrays([plain.texts, nested.texts]).take(pa.array(order)),
        np.concatenate([plain.marks, nested.marks])[order],
    )

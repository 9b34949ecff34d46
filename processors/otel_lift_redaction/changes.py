"""What an outcome changes, told in places of the batch as it came, so that two outcomes can be laid side by side."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Attributes, Batch, Level
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.rules import Rules
from otel_lift_redaction.scanner import Findings

__all__ = ["KEYS", "Changes", "Place", "changes_of"]

KEYS = "attribute keys"
"""The column that attribute keys are told under; `attributes` are their values."""

_Rows = npt.NDArray[np.int64]


class Place(NamedTuple):
    """A column of a level; `leaf` counts the texts inside a nested one."""

    level: Level
    column: str
    leaf: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """Texts of one place that change: k of them, at `rows` (ascending, int64) of the place's texts as they came.

    `texts` is what they become, null where the attribute goes; `marks`, bool of shape (k, number of rule names), says
    by which rules. `uses`, int64 of shape (k,), counts where each text stands.
    """

    rows: _Rows
    texts: Any  # pa.StringArray of k
    marks: npt.NDArray[np.bool_]
    uses: _Rows


def changes_of(before: Batch, outcome: Outcome) -> Mapping[Place, Changes]:
    """Answer what an outcome of the batch changes, by place; places without a change are left out."""
    found: dict[Place, Changes] = {}
    in_values: dict[Level, Findings] = {}
    seen: Counter[tuple[Level, str]] = Counter()
    for at, place in enumerate(outcome.places):
        is_attribute = place.column == "attributes"
        if is_attribute and place.types is not None:
            if at in outcome.found:
                in_values[place.level] = outcome.found[at]
            continue
        column = KEYS if is_attribute else place.column
        leaf = seen[place.level, column]
        seen[place.level, column] += 1
        if (changed := outcome.found.get(at)) is not None:
            _, which = place.owners(changed.rows)
            uses = np.bincount(which, minlength=len(changed)).astype(np.int64)
            changes = Changes(changed.rows, changed.texts, changed.marks, uses)
            found[Place(place.level, column, leaf)] = _differing(place.texts, changes)
    for level in before.levels:
        attributes = before.attributes(level)
        if len(attributes.codes):
            after = outcome.batch.attributes(level)
            changes = _of_attributes(attributes, after, outcome.rules, in_values.get(level))
            found[Place(level, "attributes")] = _differing(attributes.values, changes)
    return {place: changes for place, changes in found.items() if len(changes.rows)}


def _differing(before: Any, changes: Changes) -> Changes:
    """Leave out texts that a rule made what they were, as it does inside a map that was redacted before."""
    differs = pc.fill_null(pc.not_equal(arrays.gather(before, changes.rows), changes.texts), True)
    if pc.all(differs).as_py() is not False:
        return changes
    kept = differs.to_numpy(zero_copy_only=False)
    return Changes(changes.rows[kept], changes.texts.filter(differs), changes.marks[kept], changes.uses[kept])


def _of_attributes(before: Attributes, after: Attributes, rules: Rules, found: Findings | None) -> Changes:
    """Answer the changed values; `after` is what the rules by key left, in whose places `found` is told."""
    by_key = rules.keys.decide(before.keys).take(before.codes)
    gone, replaced = (_with_action(rules, by_key, dropping=dropping) for dropping in (True, False))
    stayed = np.flatnonzero(~gone)
    ruled = np.flatnonzero(replaced[stayed])
    differs = pc.not_equal(arrays.gather(before.values, stayed[ruled]), arrays.gather(after.values, ruled))
    by_rule = np.concatenate([np.flatnonzero(gone), stayed[ruled[differs.to_numpy(zero_copy_only=False)]]])
    detected = np.zeros(0, np.int64) if found is None else stayed[found.rows]
    touched = np.zeros(len(by_key), np.bool_)
    touched[by_rule] = touched[detected] = True
    rows = np.flatnonzero(touched)
    at = np.cumsum(touched) - 1
    marks = np.zeros((len(rows), len(rules.names)), np.bool_)
    marks[at[by_rule], np.array([rule.index for rule in rules.keys.rules], np.int64)[by_key[by_rule]]] = True
    kept = np.full(len(by_key), -1, np.int64)
    kept[stayed] = np.arange(len(stayed))
    texts = arrays.gather(after.values, kept[rows])
    if found is not None:
        marks[at[detected]] |= found.marks
        source = np.arange(len(rows))
        source[at[detected]] = len(rows) + np.arange(len(found))
        texts = pa.concat_arrays([texts, found.texts]).take(pa.array(source))
    return Changes(rows, texts, marks, np.ones(len(rows), np.int64))


def _with_action(rules: Rules, by_key: npt.NDArray[np.int32], *, dropping: bool) -> npt.NDArray[np.bool_]:
    """Answer which entries fall under a rule by key that drops, or that puts another value in place."""
    actions = [rule.config.action for rule in rules.keys.rules]
    wanted = [action == "drop" if dropping else action not in ("drop", "keep") for action in actions]
    held: npt.NDArray[np.bool_] = np.array([*wanted, False])[by_key]  # -1, no rule, is the last
    return held

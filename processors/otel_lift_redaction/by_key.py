"""Rules by key, applied to the attributes of every level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Attributes, Batch, Level, ValueType
from otel_lift_redaction.keys import KeyMatcher, KeyRuleInUse
from otel_lift_redaction.summary import Summary

__all__ = ["apply_keys"]


def apply_keys(
    batch: Batch, matcher: KeyMatcher, width: int, summary: Summary
) -> tuple[Batch, dict[Level, npt.NDArray[np.bool_]]]:
    """Answer the batch after the rules by key, and by level which attribute values the user wants kept as they are.

    `width` is the number of rule names.
    """
    spared: dict[Level, npt.NDArray[np.bool_]] = {}
    for level in batch.levels:
        if not batch.rows(level):
            continue
        attributes = batch.attributes(level)
        if not len(attributes.codes):
            continue
        decided = matcher.decide(attributes.keys)
        if decided.max(initial=-1) < 0:
            continue
        changed, kept = _apply(attributes, decided, matcher.rules, level, width, summary)
        if changed is not attributes:
            batch = batch.with_columns(level, {"attributes": changed})
        if kept.any():
            spared[level] = kept
    return batch, spared


def _apply(
    attributes: Attributes,
    decided: npt.NDArray[np.int32],
    rules: Sequence[KeyRuleInUse],
    level: Level,
    width: int,
    summary: Summary,
) -> tuple[Attributes, npt.NDArray[np.bool_]]:
    owners = attributes.owners
    of_entry = decided.take(attributes.codes)
    kept = np.zeros(len(of_entry), np.bool_)
    dropped = np.zeros(len(of_entry), np.bool_)
    changed = attributes
    for place in np.unique(decided[decided >= 0]).tolist():
        rule = rules[place]
        held = of_entry == place
        rows = np.flatnonzero(held)
        if rule.config.action == "keep":
            kept |= held
            continue
        if rule.config.action == "drop":
            dropped |= held
        else:
            changed, rows = _replace(changed, rows, rule)
        marks = np.zeros((len(rows), width), np.bool_)
        marks[:, rule.index] = True
        summary.add(level, owners[rows].astype(np.int64), marks)
    if dropped.any():
        return changed.filter(~dropped), kept[~dropped]
    return changed, kept


def _replace(
    attributes: Attributes, rows: npt.NDArray[np.int64], rule: KeyRuleInUse
) -> tuple[Attributes, npt.NDArray[np.int64]]:
    """Replace the values at `rows`; answer also which of the rows were changed by it."""
    before = arrays.gather(attributes.values, rows)
    after = _of_distinct(before, rule)
    differs = pc.not_equal(before, after)
    rows, after = rows[differs.to_numpy(zero_copy_only=False)], after.filter(differs)
    if not len(rows):
        return attributes, rows
    types = attributes.types.copy()
    types[rows] = ValueType.STRING
    if rule.config.action == "bucket":
        whole = pc.match_substring_regex(after, r"^-?[0-9]+$").to_numpy(zero_copy_only=False)
        broken = pc.match_substring_regex(after, r"^-?[0-9]").to_numpy(zero_copy_only=False)
        types[rows] = np.where(whole, ValueType.INT, np.where(broken, ValueType.DOUBLE, ValueType.STRING))
    return attributes.with_values(arrays.put(attributes.values, rows, after), types), rows


def _of_distinct(values: Any, rule: KeyRuleInUse) -> Any:
    encoded = values.dictionary_encode()
    replaced = pa.array([rule.replace(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return replaced.take(encoded.indices)

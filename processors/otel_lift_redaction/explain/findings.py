"""From a batch to what redaction finds in it, value by value."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otel_lift.batch import Batch, Level, ValueType
from otel_lift_redaction.changes import KEYS, Changes, Place, changes_of
from otel_lift_redaction.explain.inside import Detail, Inside
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.positions import Position

__all__ = ["Explained", "Where", "explain"]

_Rows = npt.NDArray[np.int64]
_OF_RECORDS = (Level.EVENT, Level.LINK, Level.EXEMPLAR)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a value stands: `row` counts the level's rows, and `record` the records, both from 0.

    `record` is None above the records (a resource, a scope, a metric). `key` is the attribute's, as it came, None for
    the other columns; where the key itself changes, `column` is `KEYS`.
    """

    level: Level
    row: int
    record: int | None
    column: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A value that redaction changes: the text before and after (None: the attribute goes), and each finding in it."""

    where: Where
    before: str
    after: str | None
    details: tuple[Detail, ...]


def explain(batch: Batch, outcome: Outcome) -> list[Explained]:
    """Answer every value of the batch that the outcome changes, from the resources down, in the order of the rows."""
    inside = Inside(outcome.rules)
    found = [*_in_columns(batch, outcome, inside)]
    for place, changes in changes_of(batch, outcome).items():
        if place == Place(place.level, "attributes"):
            found += _in_values(batch, outcome, place.level, changes, inside)
    levels = {level: number for number, level in enumerate(batch.levels)}
    return sorted(found, key=lambda one: (levels[one.where.level], one.where.row))


def _in_columns(batch: Batch, outcome: Outcome, inside: Inside) -> Iterator[Explained]:
    """Yield what changes in columns, and in attribute keys."""
    for at, found in outcome.found.items():
        place = outcome.places[at]
        if _holds_values(place):
            continue
        is_keys = place.column == "attributes"
        column = KEYS if is_keys else place.column
        owners, which = _users(batch, place.level, found.rows) if is_keys else place.owners(found.rows)
        texts = found.texts.to_pylist()
        for owner, one in zip(owners.tolist(), which.tolist(), strict=True):
            row = int(found.rows[one])
            before = place.texts[row].as_py()
            if before == texts[one]:
                continue  # a rule made it what it was, as inside a map that was redacted before
            kind = ValueType.STRING if place.types is None else int(place.types[row])
            names = [outcome.rules.names[index] for index in np.flatnonzero(found.marks[one]).tolist()]
            where = Where(place.level, owner, _record(batch, place.level, owner), column, before if is_keys else None)
            details = inside.details(kind, before, texts[one], names)
            yield Explained(where, before, texts[one], tuple(details))


def _in_values(batch: Batch, outcome: Outcome, level: Level, changes: Changes, inside: Inside) -> Iterator[Explained]:
    attributes = batch.attributes(level)
    rules = outcome.rules
    by_key = rules.keys.decide(attributes.keys).take(attributes.codes)
    for row, after, marks in zip(changes.rows.tolist(), changes.texts.to_pylist(), changes.marks, strict=True):
        owner = int(attributes.owners[row])
        key = attributes.keys[int(attributes.codes[row])].as_py()
        before = attributes.values[row].as_py()
        kind = int(attributes.types[row])
        names = [rules.names[index] for index in np.flatnonzero(marks).tolist()]
        rule = rules.keys.rules[by_key[row]] if by_key[row] >= 0 else None
        details: list[Detail] = []
        text = before
        if rule is not None and rule.config.action != "keep":
            made = None if rule.config.action == "drop" else rule.replace(before)
            if made != before:
                action = rule.config.action
                details.append(Detail(rule.config.name, (), 0, len(before), before, made, action=action))
                text, kind = made, ValueType.STRING
        if text is not None and after is not None and text != after:
            details += inside.details(kind, text, after, names)
        yield Explained(
            Where(level, owner, _record(batch, level, owner), "attributes", key), before, after, tuple(details)
        )


def _holds_values(place: Position) -> bool:
    return place.column == "attributes" and place.types is not None


def _users(batch: Batch, level: Level, rows: _Rows) -> tuple[_Rows, _Rows]:
    """Answer the owners of keys before any attribute was dropped, and which of `rows` each has."""
    attributes = batch.attributes(level)
    which = np.full(len(attributes.keys), -1, np.int64)
    which[rows] = np.arange(len(rows))
    of_entry = which[attributes.codes]
    entries = np.flatnonzero(of_entry >= 0)
    return attributes.owners[entries].astype(np.int64), of_entry[entries]


def _record(batch: Batch, level: Level, row: int) -> int | None:
    if level is Level.RECORD:
        return row
    return int(batch.parents(level)[row]) if level in _OF_RECORDS else None

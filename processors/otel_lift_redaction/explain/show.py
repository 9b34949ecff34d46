"""Findings on a terminal, and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from otel_lift.batch import Level
from otel_lift_redaction.changes import KEYS
from otel_lift_redaction.explain.document import Sample
from otel_lift_redaction.explain.findings import Explained, Where
from otel_lift_redaction.explain.inside import Detail
from otel_lift_redaction.visible import visible

__all__ = ["as_json", "print_table"]

_LONGEST = 120  # characters that a cell of the table shows of a text
_GONE = "(removed)"


def as_json(sample: Sample, found: Sequence[Explained], actions: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
    """Yield the findings of a sample as plain values; records, rows and lines count from 1, characters from 0."""
    for one in found:
        for detail in one.details:
            yield {
                "line": sample.line + _lines_before(sample, one, detail),
                "signal": "text" if sample.signal is None else sample.signal.value,
                "level": one.where.level.value,
                "record": None if one.where.record is None else one.where.record + 1,
                "row": one.where.row + 1,
                "field": one.where.column,
                "key": one.where.key,
                "inside": detail.inside,
                "in_key": detail.in_key or one.where.column == KEYS,
                "rule": detail.rule,
                "path": list(detail.path),
                "action": _action(detail, actions),
                "begin": detail.begin,
                "end": detail.end,
                "before": detail.before,
                "after": detail.after,
            }


def print_table(
    console: Console, samples: Sequence[tuple[Sample, Sequence[Explained]]], actions: Mapping[str, set[str]]
) -> None:
    """Print a row for each finding; where it stands in a text is told as line:column."""
    table = Table("where", "rule", "decoded", "action", "before", "after")
    for column in table.columns:
        column.overflow = "fold"
    several = len(samples) > 1
    for sample, found in samples:
        for one in found:
            for detail in one.details:
                cells = (
                    _place(sample, one, detail, several=several),
                    detail.rule,
                    " > ".join(detail.path),
                    _action(detail, actions),
                    _short(detail.before),
                    _GONE if detail.after is None else _short(detail.after),
                )
                table.add_row(*map(escape, cells))
    if table.row_count:
        console.print(table)


def _place(sample: Sample, one: Explained, detail: Detail, *, several: bool) -> str:
    if sample.signal is None:
        line = _lines_before(sample, one, detail)
        column = detail.begin - (one.before.rfind("\n", 0, detail.begin) + 1)
        return f"{line + 1}:{column + 1}"
    parts = [f"line {sample.line}"] if several else []
    parts.append(f"{sample.signal.value} {_row(one.where)}")
    field = one.where.column if one.where.key is None else visible(one.where.key)
    parts.append(f"{field} (the key)" if one.where.column == KEYS else field)
    if detail.inside:
        parts.append(f"at {visible(detail.inside)}{' (the key)' if detail.in_key else ''}")
    return ", ".join(parts)


def _row(where: Where) -> str:
    if where.record is None or where.level is Level.RECORD:
        return f"{where.level.value} {where.row + 1}"
    return f"record {where.record + 1} {where.level.value} (row {where.row + 1})"


def _lines_before(sample: Sample, one: Explained, detail: Detail) -> int:
    return 0 if sample.signal is not None else one.before.count("\n", 0, detail.begin)


def _action(detail: Detail, actions: Mapping[str, set[str]]) -> str:
    if detail.action is not None:
        return detail.action
    return "|".join(sorted({action for rule in detail.rule.split(",") for action in actions[rule]}))


def _short(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")

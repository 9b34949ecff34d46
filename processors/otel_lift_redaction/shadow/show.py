"""The report of a trial, for people and for programs."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.settings import actions_of
from otel_lift_redaction.shadow.tally import Row, Tally
from otel_lift_redaction.visible import visible

__all__ = ["as_json", "print_table"]

_ORDER = ("only_live", "only_candidate", "other")
_TITLES = {
    "only_live": "only the live rules redact: holes that the candidate would open",
    "only_candidate": "only the candidate redacts: what it would find in addition",
    "other": "both redact, with another result",
}


def as_json(tally: Tally, live: RedactionConfig, candidate: RedactionConfig) -> dict[str, Any]:
    """Answer the report as plain values; `differences` has the holes first, then what only the candidate finds."""
    ours, theirs = actions_of(live), actions_of(candidate)
    return {
        "batches": tally.batches,
        "records": tally.records,
        "values": dict(sorted(tally.values.items())),
        "cpu": {
            "candidate_seconds": round(tally.candidate_cpu, 6),
            "compare_seconds": round(tally.compare_cpu, 6),
            "candidate_microseconds_per_record": round(_per_record(tally), 3),
        },
        "failures": dict(tally.failures),
        "differences": [
            {
                "difference": row.difference,
                "signal": row.signal,
                "level": row.level,
                "field": row.field,
                "live": _named(row.live, ours),
                "candidate": _named(row.candidate, theirs),
                "values": count,
            }
            for row, count in _differences(tally)
        ],
        "same": dict(sorted(_same(tally).items())),
    }


def print_table(console: Console, tally: Tally, live: RedactionConfig, candidate: RedactionConfig) -> None:
    """Print the report."""
    ours, theirs = actions_of(live), actions_of(candidate)
    by_kind: dict[str, list[tuple[Row, int]]] = defaultdict(list)
    for row, count in _differences(tally):
        by_kind[row.difference].append((row, count))
    for kind in _ORDER:
        if not by_kind[kind]:
            continue
        table = Table(title=_TITLES[kind], title_justify="left")
        for head in ("signal", "level", "field", "live", "candidate"):
            table.add_column(head, overflow="fold")
        table.add_column("values", justify="right")
        for row, count in by_kind[kind]:
            rules = ", ".join(_named(row.live, ours)), ", ".join(_named(row.candidate, theirs))
            cells = (row.signal, row.level, visible(row.field), *rules)
            table.add_row(*map(escape, cells), str(count))
        console.print(table)
    if not any(by_kind.values()):
        console.print("no difference: the candidate would redact what the live rules redact")
    same = ", ".join(f"{rules} {count}" for rules, count in sorted(_same(tally).items())) or "nothing"
    values = sum(tally.values.values())
    for line in (
        f"the same in both: {same}",
        f"looked at {values} values of {tally.records} records in {tally.batches} batches",
        f"CPU of the candidate: {tally.candidate_cpu:.3f} s ({_per_record(tally):.1f} us a record)",
        f"CPU of the comparison: {tally.compare_cpu:.3f} s",
    ):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _differences(tally: Tally) -> list[tuple[Row, int]]:
    rows = [(row, count) for row, count in tally.rows.items() if row.difference in _ORDER]
    return sorted(rows, key=lambda one: (_ORDER.index(one[0].difference), -one[1], one[0]))


def _same(tally: Tally) -> Counter[str]:
    same: Counter[str] = Counter()
    for row, count in tally.rows.items():
        if row.difference not in _ORDER:
            same[row.live] += count
    return same


def _per_record(tally: Tally) -> float:
    return tally.candidate_cpu / tally.records * 1e6 if tally.records else 0.0


def _named(rules: str, actions: Mapping[str, set[str]]) -> list[str]:
    """Answer rules with what they do: ``email (mask)``."""
    return [f"{rule} ({'|'.join(sorted(actions[rule]))})" for rule in rules.split(",") if rule]

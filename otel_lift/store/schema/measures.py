"""What the rollups count: each measure with its column, how it is made of events, and how of rows of another rollup.

`e` stands for the row that is read: an event, or a row of a finer rollup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_lift.store.schema.model import Column
from otel_lift.store.schema.standard import TIME

__all__ = [
    "EVENT_MEASURES",
    "QUANTILES",
    "Measure",
    "columns_of",
    "count",
    "durations",
    "select",
    "span",
    "state",
    "total",
]

QUANTILES = "quantilesBFloat16(0.5, 0.95, 0.99)"
"""Percentiles with a relative error under 0.4 %, the same from raw rows and from merged states."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of a rollup. `made` is SQL over events, `merged` over rows of a rollup that has the same measure."""

    name: str
    type: str
    made: str
    merged: str
    comment: str = ""


def count(name: str, condition: str = "", comment: str = "") -> Measure:
    """Count the events, or those for which a condition holds."""
    made = f"countIf({condition})" if condition else "count()"
    return Measure(name, "SimpleAggregateFunction(sum, UInt64)", made, f"sum(e.{name})", comment)


def total(name: str, expression: str, type_: str = "Float64", comment: str = "") -> Measure:
    """Make a sum; `expression` is the aggregate over events."""
    return Measure(name, f"SimpleAggregateFunction(sum, {type_})", expression, f"sum(e.{name})", comment)


def state(name: str, function: str, arguments: str, type_: str, comment: str = "") -> Measure:
    """Make a state of an aggregate function with -If; `arguments` are its own and the condition."""
    bare, _, parameters = function.partition("(")
    parameters = f"({parameters}" if parameters else ""
    return Measure(
        name,
        f"AggregateFunction({function}, {type_})",
        f"{bare}StateIf{parameters}({arguments})",
        f"{bare}MergeState{parameters}(e.{name})",
        comment,
    )


def durations(value: str) -> tuple[Measure, ...]:
    """Make sum, count and percentiles of a duration in ms; those of 0 do not count."""
    timed = f"{value} > 0"
    return (
        total("durations", f"sumIf({value}, {timed})", comment="ms"),
        count("timed", timed, "how many have a duration"),
        state("quantiles", QUANTILES, f"{value}, {timed}", "Float64", "of durations, ms"),
    )


def span() -> tuple[Measure, ...]:
    """Make the times of the first and the last event."""
    return (
        Measure("first_seen", f"SimpleAggregateFunction(min, {TIME})", "min(e.event_time)", "min(e.first_seen)"),
        Measure("last_seen", f"SimpleAggregateFunction(max, {TIME})", "max(e.event_time)", "max(e.last_seen)"),
    )


EVENT_MEASURES: tuple[Measure, ...] = (
    count("events"),
    state("users", "uniq", "e.subject, e.subject != ''", "String", "distinct people, by pseudonym"),
    count("blocked", "e.user_blocked"),
    count("converted", "e.converted"),
    count("helpful", "e.helpful"),
    count("cache_hits", "e.cache_hit"),
    *durations("e.duration_ms"),
    total("input_tokens", "sum(e.input_tokens)", "UInt64"),
    total("output_tokens", "sum(e.output_tokens)", "UInt64"),
    total("cost_usd", "sum(e.cost_usd)"),
    total("score", "sum(e.score)"),
    total("rating", "sum(e.rating)", "UInt64"),
    count("rated", "e.rating > 0"),
    *span(),
)
"""The measures of the rollups by hour, day and month."""


def columns_of(measures: Sequence[Measure]) -> tuple[Column, ...]:
    """Answer the columns that measures fill."""
    return tuple(Column(one.name, one.type, comment=one.comment) for one in measures)


def select(
    time: tuple[str, str],
    keys: Mapping[str, str],
    measures: Sequence[Measure],
    where: str = "",
    *,
    merged: bool = False,
) -> str:
    """Write the SELECT of a rollup from ``{source}``; `time` is the name and the expression of its time.

    `keys` are expressions by name. With `merged` it reads another rollup, which has the same measures.
    """
    name, expression = time
    expressions = [f"{expression} AS {name}", *(f"{key} AS {alias}" for alias, key in keys.items())]
    expressions += [f"{one.merged if merged else one.made} AS {one.name}" for one in measures]
    listed = ",\n    ".join(expressions)
    condition = f"\nWHERE {where}" if where else ""
    return f"SELECT\n    {listed}\nFROM {{source}} AS e{condition}\nGROUP BY {', '.join([name, *keys])}"

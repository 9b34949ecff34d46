"""Batches written by hand, for the tests of pseudonyms, consent and anonymise; and a counter of calls."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, MappingProxyType, ModuleType
from typing import Any

import pyarrow as pa
import yaml

from otel_lift.batch import SCHEMAS, Batch, Level, MetricKind, RequestContext, Signal, ValueType
from otel_lift.pipeline import ComponentConfig, ProcessorComponent

NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
_PARENTS = {"resource": 0, "scope": 0, "metric": 0}

Values = Mapping[str, object]


@dataclass
class Counts:
    """A meter that remembers what was counted, by name and sorted labels."""

    seen: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(default_factory=dict)

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to the counter."""
        key = (name, tuple(sorted(labels.items())))
        self.seen[key] = self.seen.get(key, 0) + amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set the gauge."""
        self.seen[(name, tuple(sorted(labels.items())))] = value

    def of(self, name: str, **labels: str) -> float:
        """Answer a counter's value."""
        return self.seen.get((name, tuple(sorted(labels.items()))), 0)


def entry(key: str, value: object) -> dict[str, object]:
    """Write one attribute as a batch holds it."""
    match value:
        case None:
            return {"key": key, "type": ValueType.EMPTY, "value": ""}
        case bool():
            return {"key": key, "type": ValueType.BOOL, "value": "true" if value else "false"}
        case int():
            return {"key": key, "type": ValueType.INT, "value": str(value)}
        case list():
            return {"key": key, "type": ValueType.ARRAY, "value": json.dumps(value)}
        case dict():
            return {"key": key, "type": ValueType.KVLIST, "value": json.dumps(value, separators=(",", ":"))}
        case _:
            return {"key": key, "type": ValueType.STRING, "value": str(value)}


def entries(values: Values | Sequence[tuple[str, object]]) -> list[dict[str, object]]:
    """Write the attributes of a message; a sequence of pairs may repeat a key."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return [entry(key, value) for key, value in pairs]


def _table(schema: Any, rows: Sequence[Mapping[str, object]]) -> Any:
    ready = [
        {**row, "attributes": entries(row.get("attributes", {}))}  # type: ignore[arg-type]
        for row in rows
    ]
    return pa.RecordBatch.from_pylist(ready, schema=schema)


def batch(
    signal: Signal,
    records: Sequence[Mapping[str, object]],
    *,
    resources: Sequence[Mapping[str, object]] = ({},),
    scopes: Sequence[Mapping[str, object]] = ({},),
    events: Sequence[Mapping[str, object]] = (),
    links: Sequence[Mapping[str, object]] = (),
    metrics: Sequence[Mapping[str, object]] = ({},),
    exemplars: Sequence[Mapping[str, object]] = (),
    received: int = NOW,
    gpc: bool = False,
) -> Batch:
    """Build a batch from rows as mappings of columns; `attributes` is a mapping, absent columns are null."""
    schemas = SCHEMAS[signal]
    rows: dict[Level, Sequence[Mapping[str, object]]] = {
        Level.RESOURCE: resources,
        Level.SCOPE: [{"resource": 0, **scope} for scope in scopes],
        Level.METRIC: [{"scope": 0, "name": "m", "kind": MetricKind.SUM, **metric} for metric in metrics],
        Level.RECORD: [{**_PARENTS, "dropped_attributes_count": 0, **record} for record in records],
        Level.EVENT: events,
        Level.LINK: links,
        Level.EXEMPLAR: exemplars,
    }
    tables = {level: _table(schema, rows[level]) for level, schema in schemas.items()}
    return Batch(signal, MappingProxyType(tables), RequestContext(denied_by_header=gpc), received)


def column(found: Batch, name: str, level: Level = Level.RECORD) -> list[Any]:
    """Answer a column as Python values."""
    values: list[Any] = found.column(level, name).to_pylist()
    return values


def attributes(found: Batch, level: Level = Level.RECORD) -> list[dict[str, str]]:
    """Answer the attributes of each row of a level as text by key."""
    return [{pair["key"]: pair["value"] for pair in row} for row in column(found, "attributes", level)]


def calls(work: Callable[[], object]) -> int:
    """Count the calls of Python and C functions that `work` makes."""
    made = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def readme_example(component: ProcessorComponent, package: ModuleType) -> ComponentConfig:
    """Read the configuration example of a component's README as the component's own model."""
    text = (Path(str(package.__file__)).parent / "README.md").read_text("utf-8")
    example = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    return component.config.model_validate(example["processors"][component.name])


__all__ = [
    "NOW",
    "SECOND",
    "Counts",
    "attributes",
    "batch",
    "calls",
    "column",
    "entries",
    "entry",
    "readme_example",
]

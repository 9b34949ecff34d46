"""Resources and scopes: interned when read, opened and closed around records when written."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import numpy as np
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_lift.batch import SCHEMAS, Batch, Level, Signal
from otel_lift.kernel.pure.columns import AttributeColumn, MessageWriter, build_table
from otel_lift.kernel.values import to_text

__all__ = ["Contexts", "Interned", "open_groups", "write_groups"]


class Contexts:
    """The distinct resources and scopes of a decode call, each stored when its first record is."""

    def __init__(self) -> None:
        self._resources = Interned()
        self._scopes = Interned()

    def add(
        self, resource: Resource, resource_url: str, scope: InstrumentationScope, scope_url: str
    ) -> tuple[int, int]:
        """Answer the rows of a resource and of a scope in it, each with the schema URL of its group."""
        entities = [
            {
                "schema_url": entity.schema_url,
                "type": entity.type,
                "id_keys": list(entity.id_keys),
                "description_keys": list(entity.description_keys),
            }
            for entity in resource.entity_refs
        ]
        row = self._resources.add(
            (resource.dropped_attributes_count, entities, resource_url),
            resource.attributes,
            # repr: the same content in a hashable form
            (resource.dropped_attributes_count, repr(entities), resource_url),
        )
        fields = (row, scope.name, scope.version, scope.dropped_attributes_count, scope_url)
        return row, self._scopes.add(fields, scope.attributes, fields)

    def tables(self, signal: Signal) -> dict[Level, Any]:
        """Build the tables of both levels."""
        schemas = SCHEMAS[signal]
        return {
            Level.RESOURCE: self._resources.build(schemas[Level.RESOURCE]),
            Level.SCOPE: self._scopes.build(schemas[Level.SCOPE]),
        }


class Interned:
    """The distinct messages of one level."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._attributes = AttributeColumn()

    def add(self, fields: tuple[Any, ...], attributes: Iterable[KeyValue], identity: Hashable) -> int:
        """Answer the row of a message, by its `identity` and its attributes; `fields` are as in `build_table`."""
        entries = tuple((entry.key, *to_text(entry.value)) for entry in attributes)
        row = self._known.setdefault((identity, entries), len(self._rows))
        if row == len(self._rows):
            self._rows.append(fields)
            self._attributes.add(attributes)
        return row

    def build(self, schema: Any) -> Any:
        """Build the level's table."""
        return build_table(schema, self._rows, self._attributes)


def write_groups(batch: Batch, groups: Any, scopes: str, records: str, fill: Callable[[Any, int], None]) -> None:
    """Write all records of a batch, in their order, into `groups`, the request's repeated resource groups.

    `scopes` and `records` name the repeated fields below; `fill` sets a new record to a row.
    """
    for part, rows in open_groups(batch, groups, scopes):
        target = getattr(part, records)
        for row in rows:
            fill(target.add(), row)


def open_groups(batch: Batch, groups: Any, scopes: str) -> Iterator[tuple[Any, range]]:
    """Add groups for all records of a batch, in their order, and answer each scope group with its records' rows.

    A group is opened wherever the resource or scope differs from that of the record before, so there are at most as
    many as were sent.
    """
    if not len(batch):
        return
    resources = MessageWriter(batch.tables[Level.RESOURCE], Resource)
    resource_urls = batch.column(Level.RESOURCE, "schema_url").to_pylist()
    entities = batch.column(Level.RESOURCE, "entity_refs").to_pylist()
    instruments = MessageWriter(batch.tables[Level.SCOPE], InstrumentationScope)
    scope_urls = batch.column(Level.SCOPE, "schema_url").to_pylist()
    resource_of = batch.column(Level.RECORD, "resource").to_numpy()
    scope_of = batch.column(Level.RECORD, "scope").to_numpy()
    changes = np.flatnonzero((np.diff(resource_of) != 0) | (np.diff(scope_of) != 0)) + 1
    starts = [0, *changes.tolist()]
    group, opened = None, -1
    for start, stop in zip(starts, [*starts[1:], len(batch)], strict=True):
        resource, scope = int(resource_of[start]), int(scope_of[start])
        if group is None or resource != opened:
            group, opened = groups.add(schema_url=resource_urls[resource] or ""), resource
            resources.fill(group.resource, resource)
            for entity in entities[resource] or ():
                group.resource.entity_refs.add(**entity)
        part = getattr(group, scopes).add(schema_url=scope_urls[scope] or "")
        instruments.fill(part.scope, scope)
        yield part, range(start, stop)

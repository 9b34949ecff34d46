"""What every record of a batch inherits from its resource and scope, as columns of the records."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Attributes, Batch, Level
from otel_lift.tables.columns import Addition, interned_by_index, sorted_map

__all__ = ["ResourceColumns", "ScopeColumns", "lift_attributes", "resource_columns", "scope_columns"]

_STORED_ALWAYS = ("lift.subject", "lift.subject_key", "lift.validation", "lift.template", "lift.fingerprint")
_REDACTION = ("lift.redaction.count", "lift.redaction.rules")


@dataclass(frozen=True, slots=True)
class ResourceColumns:
    """Columns of n records: `MAP`, and interned strings."""

    attributes: Any
    service: Any
    schema_url: Any


@dataclass(frozen=True, slots=True)
class ScopeColumns:
    """Columns of n records: interned strings, and `MAP`."""

    name: Any
    version: Any
    attributes: Any
    schema_url: Any


def resource_columns(batch: Batch) -> ResourceColumns:
    """Look up what the records have from their resources."""
    index = batch.column(Level.RECORD, "resource")
    attributes = batch.attributes(Level.RESOURCE)
    return ResourceColumns(
        attributes=_map_by_index(attributes, index),
        service=interned_by_index(attributes.get(["service.name"]), index),
        schema_url=interned_by_index(batch.column(Level.RESOURCE, "schema_url"), index),
    )


def scope_columns(batch: Batch) -> ScopeColumns:
    """Look up what the records have from their scopes."""
    index = batch.column(Level.RECORD, "scope")
    scopes = batch.tables[Level.SCOPE]
    return ScopeColumns(
        name=interned_by_index(scopes.column("name"), index),
        version=interned_by_index(scopes.column("version"), index),
        attributes=_map_by_index(batch.attributes(Level.SCOPE), index),
        schema_url=interned_by_index(scopes.column("schema_url"), index),
    )


def lift_attributes(batch: Batch, level: Level) -> list[Addition]:
    """List what the gateway knows of the rows as attributes under its own names; `lift.person` never.

    Of consent only a denial is kept here: it says why a row is a skeleton. The typed decision stands in `lift_events`.
    """
    table = batch.tables[level]
    names = _STORED_ALWAYS + (_REDACTION if level is Level.RECORD else ())
    additions = [_addition(name, table.column(name)) for name in names if table.column(name).null_count < len(table)]
    consent = table.column("lift.consent")
    if consent.null_count < len(table):
        denied = pc.equal(consent.cast(pa.string()), "denied").fill_null(False)
        additions.append(_addition("lift.consent", pc.if_else(denied, "denied", pa.scalar(None, pa.string()))))
    return additions


def _map_by_index(attributes: Attributes, index: Any) -> Any:
    """Only the parents that some record has, so that no other's keys come along."""
    used, place = np.unique(index.to_numpy(), return_inverse=True)
    return sorted_map(attributes.take(pa.array(used))).take(pa.array(place))


def _addition(name: str, column: Any) -> Addition:
    rows = pc.indices_nonzero(column.is_valid())
    return Addition(name, rows.cast(pa.int32()).to_numpy(), column.take(rows).cast(pa.string()))

"""`Batch`: rows are dropped with what belongs to them, and columns are replaced without touching the rest."""

from collections.abc import MutableMapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import export

from otel_lift.batch import SCHEMAS, Batch, Level, RequestContext, Signal, ValueType
from otel_lift.kernel import decode, encode
from otel_lift.kernel.requests import REQUESTS
from otel_lift.testing.otlp import normalise, requests


def _batch(signal: Signal, message: Any) -> Batch:
    return decode(signal, [message.SerializeToString()], RequestContext(tenant="t"), 7).batch


def _said(batch: Batch) -> list[dict[str, Any]]:
    return normalise(REQUESTS[batch.signal].FromString(encode(batch)))


@pytest.mark.parametrize("signal", list(Signal))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_filtering_keeps_records_with_their_own_children(signal: Signal, data: st.DataObject) -> None:
    """Of the kept records everything stays, events and links included, and nothing of the dropped ones does."""
    message = data.draw(requests(signal))
    before = normalise(message)
    keep = data.draw(st.lists(st.booleans(), min_size=len(before), max_size=len(before)))

    batch = _batch(signal, message).filter(np.array(keep, np.bool_))

    assert _said(batch) == [record for record, kept in zip(before, keep, strict=True) if kept]
    assert len(batch) == sum(keep)
    assert (batch.context.tenant, batch.received) == ("t", 7)
    for level, table in batch.tables.items():
        table.validate(full=True)
        assert table.schema.equals(SCHEMAS[signal][level])


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_filtering_twice_is_filtering_once(data: st.DataObject) -> None:
    """Children still name the right rows when a filtered batch is filtered again."""
    message = data.draw(requests(Signal.TRACES))
    batch = _batch(Signal.TRACES, message)
    first = np.array(data.draw(st.lists(st.booleans(), min_size=len(batch), max_size=len(batch))), np.bool_)
    count = int(first.sum())
    second = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), np.bool_)
    both = first.copy()
    both[first] = second

    assert _said(batch.filter(first).filter(second)) == _said(batch.filter(both))


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_filtering_a_child_level_leaves_the_records(data: st.DataObject) -> None:
    """Dropping all events leaves the spans and their links as they are."""
    message = data.draw(requests(Signal.TRACES))
    batch = _batch(Signal.TRACES, message)

    filtered = batch.filter_level(Level.EVENT, np.zeros(batch.tables[Level.EVENT].num_rows, np.bool_))

    for record in (expected := normalise(message)):
        record["record"].pop("events", None)
    assert _said(filtered) == expected


@pytest.mark.parametrize("signal", list(Signal))
def test_an_empty_batch_has_every_level(signal: Signal) -> None:
    """A batch without a record has the tables of its signal, and its attributes can be viewed and filtered."""
    batch = Batch.empty(signal)

    assert len(batch) == 0
    assert batch.levels == tuple(SCHEMAS[signal])
    for level in batch.levels:
        attributes = batch.attributes(level)
        assert len(attributes) == 0
        assert attributes.get(["k"]).to_pylist() == []
        assert batch.with_columns(level, {"attributes": attributes}).tables[level].num_rows == 0
    assert len(batch.filter(np.zeros(0, np.bool_))) == 0
    assert encode(batch) == b""


def test_replacing_columns_leaves_the_first_batch_as_it_was() -> None:
    """`with_columns` takes Arrow arrays and attributes, and the batch that was changed does not change."""
    records = [{"event_name": "a"}, {"event_name": "b"}]
    batch = _batch(Signal.LOGS, export(Signal.LOGS, {"scope_logs": [{"log_records": records}]}))
    attributes = batch.attributes(Level.RECORD).append("k", np.array([1]), ValueType.STRING, pa.array(["v"]))

    changed = batch.with_columns(
        Level.RECORD, {"attributes": attributes, "lift.event": pa.array([None, "b"], pa.string()).dictionary_encode()}
    )

    assert changed.column(Level.RECORD, "lift.event").to_pylist() == [None, "b"]
    assert changed.column(Level.RECORD, "attributes").to_pylist() == [
        [],
        [{"key": "k", "type": ValueType.STRING, "value": "v"}],
    ]
    assert batch.column(Level.RECORD, "lift.event").null_count == 2
    assert batch.attributes(Level.RECORD).counts.tolist() == [0, 0]
    assert not isinstance(changed.tables, MutableMapping)


def test_whole_tables_hold_the_replaced_columns() -> None:
    """A table is read whole with all columns that were put over it, and columns can be put over the whole again."""
    records = [{"event_name": "a"}, {"event_name": "b"}]
    batch = _batch(Signal.LOGS, export(Signal.LOGS, {"scope_logs": [{"log_records": records}]}))
    names = [pa.array([None, name], pa.string()).dictionary_encode() for name in ("b", "c")]
    attributes = batch.attributes(Level.RECORD).append("k", np.array([1]), ValueType.STRING, pa.array(["v"]))

    first = batch.with_columns(Level.RECORD, {"lift.event": names[0]})
    second = first.with_columns(Level.RECORD, {"attributes": attributes})
    table = second.tables[Level.RECORD]
    third = second.with_columns(Level.RECORD, {"lift.event": names[1], "attributes": table.column("attributes")})

    table.validate(full=True)
    assert table.schema.equals(SCHEMAS[Signal.LOGS][Level.RECORD])
    assert table.column("lift.event").to_pylist() == [None, "b"]
    assert table.column("attributes").to_pylist()[1] == [{"key": "k", "type": ValueType.STRING, "value": "v"}]
    assert third.records.column("lift.event").to_pylist() == [None, "c"]
    assert third.attributes(Level.RECORD).counts.tolist() == [0, 1]
    assert first.records.column("attributes").to_pylist() == [[], []]
    assert batch.rows(Level.RECORD) == 2
    assert batch.rows(Level.EVENT) == 0

"""The compiled encoder writes the bytes of the pure one, for every batch that a pipeline can make."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import export

from otel_lift.batch import INTERNED, Attributes, Batch, Level, RequestContext, Signal, ValueType
from otel_lift.errors import ProcessorError
from otel_lift.kernel import pure
from otel_lift.testing.otlp import requests

native = pytest.importorskip("otel_lift.kernel.native.encode", reason="the native modules are not compiled")
each_signal = pytest.mark.parametrize("signal", list(Signal))

# what Python reads as a value of a type, and what comes near it
_TEXTS = st.one_of(
    st.sampled_from(["", "true", "false", "True", "[redacted]", "\n"]),
    st.sampled_from(["-0", "0", "007", "+5", "1_0", " 7 ", "\u0663", "-", "--1", "9" * 19, "9" * 25, "1" * 5000]),
    st.sampled_from([str(edge + step) for edge in (-(2**63), 2**63 - 1) for step in (-1, 0, 1)]),
    st.sampled_from(["1.0", "-0.0", "1.", ".5", "1e5", "1E-5", "1e", "e5", "1e999", "-1e-999", "5e-324", "1.0\0"]),
    st.sampled_from(["nan", "NaN", "Infinity", "-Infinity", "inf", "0x10", "1.7976931348623157e+308", f"0.{1:060}"]),
    st.sampled_from(["YQ==", "YQ=", "YQ", "YR==", "YWI=", "YWJ=", "YWJj", "YWJjZA==", "====", "=", "YQ==YQ==", "-_8="]),
    st.sampled_from(["[]", "{}", "[1,", "null", '[{"$bytes":"YQ=="}]', '{"a":{"$double":"NaN"}}', '{"$kvlist":[]}']),
    st.integers(-(2**64), 2**64).map(str),
    st.floats().map(repr),
    st.binary(max_size=9).map(lambda content: base64.b64encode(content).decode()),
    st.text(max_size=8),
)


def _decode(signal: Signal, *messages: Any) -> Batch:
    payloads = [message.SerializeToString() for message in messages]
    return pure.decode(signal, payloads, RequestContext(), 0).batch


def _batches(signal: Signal) -> st.SearchStrategy[Batch]:
    return st.lists(requests(signal), max_size=3).map(lambda messages: _decode(signal, *messages))


def _map_tables(batch: Batch, change: Callable[[Any], Any]) -> Batch:
    return batch.with_tables({level: change(table) for level, table in batch.tables.items()})


def _moved(table: Any) -> Any:
    """Put other rows before a table's in the same buffers, and odd ones after: it is a slice then."""
    rows = table.num_rows
    if not rows:
        return table
    order = [rows - 1, 0, rows - 1, *range(rows), 0]
    return table.take(pa.array(order)).slice(3, rows)


def _reread(table: Any) -> Any:
    """Write a table as an Arrow stream and read it where its buffers start at odd addresses."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_batch(table)
    content = pa.py_buffer(b"x" + sink.getvalue().to_pybytes())
    return pa.ipc.open_stream(content.slice(1)).read_next_batch()


@each_signal
@settings(max_examples=200)
@given(data=st.data())
def test_any_batch_gives_the_bytes_of_the_pure_encoder(signal: Signal, data: st.DataObject) -> None:
    """Whatever was decoded, both write the same bytes."""
    batch = data.draw(_batches(signal))

    assert native.encode(batch) == pure.encode(batch)


@each_signal
@pytest.mark.parametrize("change", [_moved, _reread], ids=["sliced", "read from a stream"])
@settings(max_examples=75)
@given(data=st.data())
def test_it_does_not_matter_where_the_columns_lie(
    signal: Signal, change: Callable[[Any], Any], data: st.DataObject
) -> None:
    """Tables that are slices of others, or lie in a foreign buffer, say what they say."""
    batch = data.draw(_batches(signal))

    assert native.encode(_map_tables(batch, change)) == pure.encode(batch)


@each_signal
@settings(max_examples=100)
@given(data=st.data())
def test_filtered_batches_are_written_as_the_pure_encoder_does(signal: Signal, data: st.DataObject) -> None:
    """Records, children and attributes that a stage took out are out, and the rest is whole."""
    batch = data.draw(_batches(signal))

    def mask(length: int) -> Any:
        return np.array(data.draw(st.lists(st.booleans(), min_size=length, max_size=length)), np.bool_)

    batch = batch.filter(mask(len(batch)))
    for level in set(batch.levels) & {Level.EVENT, Level.LINK, Level.EXEMPLAR}:
        batch = batch.filter_level(level, mask(batch.tables[level].num_rows))
    for level in batch.levels:
        attributes = batch.attributes(level)
        batch = batch.with_columns(level, {"attributes": attributes.filter(mask(len(attributes.codes)))})

    assert native.encode(batch) == pure.encode(batch)


@each_signal
@settings(max_examples=150)
@given(data=st.data())
def test_edited_values_are_read_as_the_pure_encoder_reads_them(signal: Signal, data: st.DataObject) -> None:
    """A text in the place of another is what its type makes of it, or a string, on all levels."""
    batch = data.draw(_batches(signal))
    for level in batch.levels:
        attributes = batch.attributes(level)
        count = len(attributes.codes)
        values = data.draw(st.lists(_TEXTS, min_size=count, max_size=count))
        types = data.draw(st.lists(st.integers(0, 8), min_size=count, max_size=count))
        changed = attributes.with_values(pa.array(values, pa.string()), np.array(types, np.uint8))
        changed = changed.append("added", np.arange(len(changed)), ValueType.INT, pa.array(["1"] * len(changed)))
        batch = batch.with_columns(level, {"attributes": changed})

    assert native.encode(batch) == pure.encode(batch)


@settings(max_examples=500)
@given(value_type=st.integers(0, 9), text=_TEXTS)
def test_a_body_of_any_type_and_text_is_written_as_the_pure_encoder_does(value_type: int, text: str) -> None:
    """Numbers, base64, JSON and everything else mean what they mean to Python."""
    batch = _decode(Signal.LOGS, export(Signal.LOGS, {"scope_logs": [{"log_records": [{}]}]}))
    columns = {"body_type": pa.array([value_type], pa.uint8()), "body": pa.array([text], pa.string())}
    batch = batch.with_columns(Level.RECORD, columns)

    assert native.encode(batch) == pure.encode(batch)


def _spans(count: int = 2, **fields: Any) -> Batch:
    attributes = [{"key": "k", "value": {"string_value": "v"}}]
    span = {"trace_id": b"t" * 16, "span_id": b"s" * 8, "name": "n", "attributes": attributes, "events": [{}], **fields}
    return _decode(Signal.TRACES, export(Signal.TRACES, {"scope_spans": [{"spans": [span] * count}]}))


def test_null_is_the_same_as_nothing() -> None:
    """A null in a column of a record leaves the field out, also where its buffer still holds bytes."""
    batch = _spans(3, trace_state="a=b", status={"message": "m", "code": 2}, parent_span_id=b"p" * 8)
    nulls = {}
    for name in ("trace_id", "parent_span_id", "trace_state", "name", "kind", "start_time_unix_nano", "status_message"):
        column = batch.column(Level.RECORD, name)
        if column.type == INTERNED:
            codes = pa.array(column.indices.to_numpy(), mask=np.array([False, True, False]))
            nulls[name] = pa.DictionaryArray.from_arrays(codes, column.dictionary)
        else:
            valid = pa.array([True, False, True]).buffers()[1]
            nulls[name] = pa.Array.from_buffers(column.type, 3, [valid, *column.buffers()[1:]])
        assert nulls[name].null_count == 1

    changed = batch.with_columns(Level.RECORD, nulls)

    assert native.encode(changed) == pure.encode(changed)
    assert native.encode(changed) != native.encode(batch)


def test_texts_larger_than_any_guess_are_written() -> None:
    """Room grows with what is written."""
    batch = _spans(3, name="n" * 3_000_000, trace_state="s" * 1_000_000)

    assert native.encode(batch) == pure.encode(batch)


def test_threads_can_encode_one_batch_at_a_time() -> None:
    """The columns are only read, so one batch can be written by many threads at once."""
    batch = _spans(2_000)

    with ThreadPoolExecutor(4) as pool:
        written = set(pool.map(native.encode, [batch] * 16))

    assert written == {pure.encode(batch)}


def _wrong_row(batch: Batch, column: str, row: int) -> Batch:
    return batch.with_columns(Level.RECORD, {column: pa.array([0, row], pa.int32())})


def _wrong_key(batch: Batch, code: int) -> Batch:
    attributes = batch.attributes(Level.RECORD)
    wrong = Attributes(
        attributes.offsets, attributes.keys, np.array([0, code], np.int32), attributes.types, attributes.values
    )
    return batch.with_columns(Level.RECORD, {"attributes": wrong})


def _wrong_text(batch: Batch, offsets: list[int]) -> Batch:
    bounds = pa.array(offsets, pa.int32()).buffers()[1]
    column = pa.Array.from_buffers(pa.string(), 2, [None, bounds, pa.py_buffer(b"text")])
    return batch.with_columns(Level.RECORD, {"trace_state": column})


def _wrong_entries(batch: Batch, offsets: list[int]) -> Batch:
    column = batch.column(Level.RECORD, "attributes")
    bounds = pa.array(offsets, pa.int32()).buffers()[1]
    wrong = pa.Array.from_buffers(column.type, 2, [None, bounds], children=[column.values])
    return batch.with_columns(Level.RECORD, {"attributes": wrong})


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: _wrong_row(batch, "resource", 1),
        lambda batch: _wrong_row(batch, "scope", -1),
        lambda batch: _wrong_key(batch, 1),
        lambda batch: _wrong_key(batch, -1),
        lambda batch: _wrong_text(batch, [0, 9, 4]),
        lambda batch: _wrong_text(batch, [3, 2, 4]),
        lambda batch: _wrong_text(batch, [0, -1, 4]),
        lambda batch: _wrong_entries(batch, [0, 3, 2]),
    ],
)
def test_columns_that_point_outside_are_refused(change: Callable[[Batch], Batch]) -> None:
    """A batch that a stage built wrongly is an error, never a read of foreign memory."""
    batch = change(_spans())

    with pytest.raises(ProcessorError, match="not there"):
        native.encode(batch)


def test_children_of_no_record_are_left_out() -> None:
    """An event whose record was cut off at the end is not written."""
    batch = _spans()
    cut = batch.with_tables(MappingProxyType({Level.RECORD: batch.records.slice(0, 1)}))

    assert native.encode(cut) == pure.encode(cut)

"""Hypothesis strategies for what the OTLP messages of all signals are made of."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, EntityRef, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

__all__ = [
    "attributes",
    "enum",
    "many",
    "messages",
    "optional_id",
    "resources",
    "scopes",
    "span_id",
    "text",
    "trace_id",
    "uint32",
    "uint64",
    "values",
]

text = st.text(max_size=12)
uint32 = st.integers(0, 2**32 - 1)
uint64 = st.integers(0, 2**64 - 1)
enum = st.one_of(st.integers(0, 24), st.integers(-(2**31), 2**31 - 1))
trace_id = st.binary(min_size=16, max_size=16)
span_id = st.binary(min_size=8, max_size=8)


def messages(
    message: Callable[..., Any], required: Mapping[str, st.SearchStrategy[Any]], /, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """Make messages with all of `required` and any of `fields`."""
    # every other field may be absent, so small examples are small
    return st.fixed_dictionaries(dict(required), optional=fields).map(lambda chosen: message(**chosen))


def many(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    """List at most `most`."""
    return st.lists(strategy, max_size=most)


def optional_id(ids: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Choose an id, or none."""
    return st.one_of(st.just(b""), ids)


# few keys, so that some stand twice, and the ones that the text form of values must tell apart
_keys = st.one_of(st.sampled_from(["", "a", "b", "$a", "$bytes", "$double", "$kvlist", "service.name"]), text)


def _pairs(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"key": _keys}, optional={"value": values})


def _nested(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    arrays = st.fixed_dictionaries({"array_value": st.fixed_dictionaries({"values": many(values)})})
    kvlists = st.fixed_dictionaries({"kvlist_value": st.fixed_dictionaries({"values": many(_pairs(values))})})
    return st.one_of(arrays, kvlists)


_scalars = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"string_value": text}),
    st.fixed_dictionaries({"bool_value": st.booleans()}),
    st.fixed_dictionaries({"int_value": st.integers(-(2**63), 2**63 - 1)}),
    st.fixed_dictionaries({"double_value": st.floats()}),
    st.fixed_dictionaries({"bytes_value": st.binary(max_size=8)}),
)
values = st.recursive(_scalars, _nested, max_leaves=6).map(lambda fields: AnyValue(**fields))
attributes = many(_pairs(values).map(lambda fields: KeyValue(**fields)))
_entities = messages(EntityRef, {}, schema_url=text, type=text, id_keys=many(text), description_keys=many(text))
resources = messages(
    Resource, {}, attributes=attributes, dropped_attributes_count=uint32, entity_refs=many(_entities, 2)
)
scopes = messages(
    InstrumentationScope, {}, name=text, version=text, attributes=attributes, dropped_attributes_count=uint32
)

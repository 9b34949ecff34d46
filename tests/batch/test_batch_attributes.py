"""`Attributes` computes on columns what a plain list of entries would say."""

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.batch import ATTRIBUTES, Attributes, ValueType, intern

_Owners = list[list[dict[str, Any]]]

_KEYS = ["", "a", "b", "c"]
_entries = st.fixed_dictionaries(
    {"key": st.sampled_from(_KEYS), "type": st.integers(0, 7), "value": st.text(max_size=3)}
)


@st.composite
def _columns(draw: st.DrawFn) -> tuple[Any, _Owners]:
    """Draw a column, whole or a slice of a longer one, and what it says."""
    owners = draw(st.lists(st.lists(_entries, max_size=4), max_size=5))
    start = draw(st.integers(0, len(owners)))
    length = draw(st.integers(0, len(owners) - start))
    if draw(st.booleans()):
        return pa.array(owners, ATTRIBUTES), owners
    return pa.array(owners, ATTRIBUTES).slice(start, length), owners[start : start + length]


def _plain(attributes: Attributes) -> _Owners:
    column = attributes.to_arrow()
    column.validate(full=True)
    assert column.type == ATTRIBUTES
    plain: _Owners = column.to_pylist()
    return plain


def _flat(owners: _Owners) -> list[dict[str, Any]]:
    return [entry for entries in owners for entry in entries]


def _first(entries: list[dict[str, Any]], keys: list[str]) -> str | None:
    for key in keys:
        for entry in entries:
            if entry["key"] == key:
                value: str = entry["value"]
                return value
    return None


properties = settings(max_examples=150, deadline=None)


@properties
@given(_columns())
def test_a_column_is_viewed_and_built_again(drawn: tuple[Any, _Owners]) -> None:
    """A column, sliced or not, has the same owners and entries as a view, and the view gives the same column."""
    column, owners = drawn
    attributes = Attributes.of(column)

    assert _plain(attributes) == owners
    assert len(attributes) == len(owners)
    assert attributes.counts.tolist() == [len(entries) for entries in owners]
    assert attributes.owners.tolist() == [row for row, entries in enumerate(owners) for _ in entries]
    assert len(attributes.codes) == len(attributes.types) == len(attributes.values) == len(_flat(owners))


@properties
@given(_columns(), st.lists(st.sampled_from([*_KEYS, "absent"]), max_size=3))
def test_entries_are_found_by_key(drawn: tuple[Any, _Owners], keys: list[str]) -> None:
    """`with_key` marks all entries of the keys; `first` and `get` find each owner's first of the first key it has."""
    column, owners = drawn
    attributes = Attributes.of(column)

    assert attributes.with_key(keys).tolist() == [entry["key"] in keys for entry in _flat(owners)]
    assert attributes.get(keys).to_pylist() == [_first(entries, keys) for entries in owners]
    for row, position in enumerate(attributes.first(keys).tolist()):
        assert (position < 0) == (_first(owners[row], keys) is None)
        assert position < 0 or attributes.owners[position] == row


@properties
@given(_columns(), st.data())
def test_filtering_keeps_the_marked_entries_of_their_owners(drawn: tuple[Any, _Owners], data: st.DataObject) -> None:
    """`filter` drops entries and no owner."""
    column, owners = drawn
    count = len(_flat(owners))
    mask = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    marks = iter(mask)

    filtered = Attributes.of(column).filter(np.array(mask, np.bool_))

    assert _plain(filtered) == [[entry for entry in entries if next(marks)] for entries in owners]


@properties
@given(_columns(), st.sampled_from([*_KEYS, "new"]), st.data())
def test_an_entry_is_appended_to_the_chosen_owners(drawn: tuple[Any, _Owners], key: str, data: st.DataObject) -> None:
    """`append` adds one entry at the end of each owner in the given rows, with a key that is new or known."""
    column, owners = drawn
    rows = sorted(data.draw(st.sets(st.integers(0, len(owners) - 1)))) if owners else []

    appended = Attributes.of(column).append(
        key,
        np.array(rows, np.int64),
        ValueType.INT,
        pa.array([str(row) for row in rows], pa.string()),
    )

    expected = [
        [*entries, {"key": key, "type": ValueType.INT, "value": str(row)}] if row in rows else entries
        for row, entries in enumerate(owners)
    ]
    assert _plain(appended) == expected
    assert appended.keys.to_pylist() == appended.keys.unique().to_pylist()


@properties
@given(_columns(), st.fixed_dictionaries({key: st.sampled_from([*_KEYS, "x", "y"]) for key in _KEYS}))
def test_keys_are_renamed_and_made_one_again(drawn: tuple[Any, _Owners], names: dict[str, str]) -> None:
    """`with_keys` renames every entry, and the distinct keys stay distinct when two names become one."""
    column, owners = drawn
    attributes = Attributes.of(column)

    renamed = attributes.with_keys(pa.array([names[key] for key in attributes.keys.to_pylist()], pa.string()))

    assert _plain(renamed) == [[{**entry, "key": names[entry["key"]]} for entry in entries] for entries in owners]
    assert renamed.keys.to_pylist() == renamed.keys.unique().to_pylist()
    assert renamed.get(["x"]).to_pylist() == [
        next((entry["value"] for entry in entries if names[entry["key"]] == "x"), None) for entries in owners
    ]


@properties
@given(_columns())
def test_values_and_types_are_replaced(drawn: tuple[Any, _Owners]) -> None:
    """`with_values` puts other values in the entries' places, and other types where given."""
    column, owners = drawn
    attributes = Attributes.of(column)
    count = len(attributes.codes)
    values = pa.array([str(index) for index in range(count)], pa.string())

    kept = attributes.with_values(values)
    retyped = attributes.with_values(values, np.full(count, ValueType.BYTES, np.uint8))

    assert [entry["value"] for entry in _flat(_plain(kept))] == values.to_pylist()
    assert [entry["type"] for entry in _flat(_plain(kept))] == [entry["type"] for entry in _flat(owners)]
    assert {entry["type"] for entry in _flat(_plain(retyped))} <= {ValueType.BYTES}


@properties
@given(_columns(), st.data())
def test_owners_are_taken_in_any_order(drawn: tuple[Any, _Owners], data: st.DataObject) -> None:
    """`take` answers the owners asked for, repeated and reordered."""
    column, owners = drawn
    rows = data.draw(st.lists(st.integers(0, len(owners) - 1), max_size=6)) if owners else []

    assert _plain(Attributes.of(column).take(pa.array(rows, pa.int32()))) == [owners[row] for row in rows]


def test_owners_may_have_no_attributes_at_all() -> None:
    """`empty` has its owners and no entry, and can be appended to."""
    attributes = Attributes.empty(2)

    assert _plain(attributes) == [[], []]
    assert attributes.get(["k"]).to_pylist() == [None, None]
    appended = attributes.append("k", np.array([1]), ValueType.STRING, pa.array(["v"]))
    assert appended.get(["k"]).to_pylist() == [None, "v"]


def test_interning_keeps_nulls_and_what_is_interned() -> None:
    """`intern` dictionary-encodes strings with nulls as nulls, and answers a dictionary array as it is."""
    once = intern(pa.array(["a", None, "a"], pa.string()))

    assert once.to_pylist() == ["a", None, "a"]
    assert once.dictionary.to_pylist() == ["a"]
    assert intern(once) is once


@properties
@given(_columns(), st.lists(st.sampled_from([*_KEYS, "absent"]), unique=True, max_size=4))
def test_keys_are_looked_up_at_once(drawn: tuple[Any, _Owners], wanted: list[str]) -> None:
    """`codes_of` answers the code of each key, and `by_key` marks by code, or None where none is there, or no entry."""
    attributes = Attributes.of(drawn[0])
    keys = attributes.keys.to_pylist()

    codes = attributes.codes_of(wanted).tolist()
    marks = attributes.by_key(wanted, np.arange(1, len(wanted) + 1, dtype=np.uint8))

    assert codes == [keys.index(key) if key in keys else -1 for key in wanted]
    if set(wanted) & set(keys) and len(attributes.codes):
        assert marks is not None
        assert marks.tolist() == [wanted.index(key) + 1 if key in wanted else 0 for key in keys]
    else:
        assert marks is None


@properties
@given(_columns(), st.data())
def test_marked_owners_are_stripped(drawn: tuple[Any, _Owners], data: st.DataObject) -> None:
    """`strip` drops of the marked owners all entries but those of kept keys, and of the others none."""
    column, owners = drawn
    attributes = Attributes.of(column)
    keys = attributes.keys.to_pylist()
    marked = data.draw(st.lists(st.booleans(), min_size=len(owners), max_size=len(owners)))
    kept = data.draw(st.sets(st.sampled_from(_KEYS)))

    stripped = attributes.strip(np.array(marked, np.bool_), np.array([key in kept for key in keys], np.bool_))

    assert _plain(stripped) == [
        [entry for entry in entries if not mark or entry["key"] in kept]
        for entries, mark in zip(owners, marked, strict=True)
    ]

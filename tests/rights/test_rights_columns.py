"""The search over Arrow columns finds what a search over plain values finds."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.rights.columns import rows_holding

NEEDLES = ("ab" * 16, "0f" * 16)
_TEXT = st.one_of(st.text(max_size=6), st.sampled_from(NEEDLES), st.sampled_from(NEEDLES).map(lambda one: f"<{one}>"))
_TEXTS = st.one_of(st.none(), _TEXT)
_MAP = pa.map_(pa.string(), pa.string())
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": _TEXTS,
            "word": _TEXTS,
            "number": st.integers(0, 9),
            "map": st.one_of(st.none(), st.dictionaries(_TEXT, _TEXT, max_size=2).map(lambda one: list(one.items()))),
            "maps": st.lists(st.dictionaries(_TEXT, _TEXT, max_size=2).map(lambda one: list(one.items())), max_size=2),
            "texts": st.one_of(st.none(), st.lists(_TEXTS, max_size=2)),
            "struct": st.fixed_dictionaries({"a": _TEXTS, "b": st.lists(_TEXTS, max_size=2)}),
        }
    ),
    max_size=6,
)
_SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("word", pa.dictionary(pa.int32(), pa.string())),
        ("number", pa.int64()),
        ("map", _MAP),
        ("maps", pa.list_(_MAP)),
        ("texts", pa.list_(pa.string())),
        ("struct", pa.struct([("a", pa.string()), ("b", pa.list_(pa.string()))])),
    ]
)


def _holds(value: Any) -> bool:
    if isinstance(value, str):
        return any(needle in value for needle in NEEDLES)
    if isinstance(value, dict):
        return any(map(_holds, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds, value))


@given(rows=_ROWS, start=st.integers(0, 3))
def test_rows_are_found_as_in_plain_values(rows: list[dict[str, Any]], start: int) -> None:
    """In texts, dictionaries, maps' keys and values, lists, structs, with nulls and in slices."""
    batch = pa.RecordBatch.from_pylist(rows, _SCHEMA).slice(start)
    assert rows_holding(NEEDLES)(batch).tolist() == [_holds(row) for row in rows[start:]]


def test_rows_later_than_the_erasure_do_not_count() -> None:
    """With a time, only rows whose own time is that time or before are found."""
    times = pa.array([1, 2, 3]).cast(pa.timestamp("ns"))
    batch = pa.RecordBatch.from_pydict({"Timestamp": times, "Body": [NEEDLES[0]] * 3})
    assert rows_holding(NEEDLES, until=2)(batch).tolist() == [True, True, False]


def test_nothing_is_found_where_nothing_is_searched_for() -> None:
    """Without a needle no row is found."""
    batch = pa.RecordBatch.from_pydict({"Body": ["", "x"]})
    assert rows_holding(())(batch).tolist() == [False, False]

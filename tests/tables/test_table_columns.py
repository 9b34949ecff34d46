"""Columns of the tables against plain Python."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.batch import Attributes
from otel_lift.tables.columns import MAP, Addition, hexadecimal, sorted_map
from otel_lift.tables.window import ORIGINAL_TIME, TimeWindow

KEYS = st.sampled_from(["a", "b", "c", "http.route", "lift.subject", "é"])
ROWS = st.lists(st.lists(st.tuples(KEYS, st.text(max_size=5)), max_size=6), max_size=8)
DAY = 86_400
SECOND = 1_000_000_000


def _attributes(rows: list[list[tuple[str, str]]]) -> Attributes:
    built = [[{"key": key, "type": 1, "value": value} for key, value in row] for row in rows]
    from otel_lift.batch import ATTRIBUTES

    return Attributes.of(pa.array(built, ATTRIBUTES))


@given(ROWS, st.data())
def test_a_map_has_each_key_once_sorted_and_additions_win(
    rows: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    """A map holds the first value of each key in the order of the keys, and the gateway's own before the client's."""
    chosen = sorted(data.draw(st.sets(st.integers(0, max(len(rows) - 1, 0)), max_size=len(rows)))) if rows else []
    addition = Addition("lift.subject", np.array(chosen, np.int32), pa.array(["gateway"] * len(chosen), pa.string()))

    column = sorted_map(_attributes(rows), [addition])

    assert column.type == MAP
    column.validate(full=True)
    expected = []
    for index, row in enumerate(rows):
        first: dict[str, str] = {"lift.subject": "gateway"} if index in chosen else {}
        for key, value in row:
            first.setdefault(key, value)
        expected.append(sorted(first.items(), key=lambda pair: pair[0].encode()))
    assert column.to_pylist() == expected


@given(st.lists(st.one_of(st.none(), st.binary(min_size=8, max_size=8)), max_size=20))
def test_ids_become_lower_case_hexadecimal(ids: list[bytes | None]) -> None:
    """An id is its hexadecimal text, and a missing one is empty text."""
    column = pa.array([None, *ids], pa.binary(8)).slice(1)

    assert hexadecimal(column).to_pylist() == ["" if id_ is None else id_.hex() for id_ in ids]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(200 * DAY * SECOND, 2**62))
def test_times_outside_the_window_are_stored_at_the_receive_time(times: list[int], received: int) -> None:
    """A time within the window is kept; any other becomes the receive time and its claim is told, unless it is zero."""
    window = TimeWindow(past=90 * DAY, future=DAY)

    placed = window.place(np.array(times, np.uint64), received)

    kept = [received - 90 * DAY * SECOND <= time <= received + DAY * SECOND for time in times]
    assert placed.nanoseconds.tolist() == [t if keep else received for t, keep in zip(times, kept, strict=True)]
    claims = [(row, str(t)) for row, (t, keep) in enumerate(zip(times, kept, strict=True)) if not keep and t]
    assert placed.moved.key == ORIGINAL_TIME
    assert list(zip(placed.moved.rows.tolist(), placed.moved.values.to_pylist(), strict=True)) == claims

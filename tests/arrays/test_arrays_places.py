"""`Places`, in each implementation, against a dict."""

from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.implementations import implementations

TWINS = pytest.mark.parametrize("arrays", implementations("otel_lift.arrays").values(), ids=lambda twin: twin.__name__)
TEXTS = st.one_of(st.none(), st.text(max_size=3), st.text(min_size=6, max_size=20))
KINDED = st.lists(st.tuples(TEXTS, st.integers(0, 2)), max_size=40)


@TWINS
@settings(max_examples=150, deadline=None)
@given(batches=st.lists(KINDED, max_size=4), start=st.integers(0, 5))
def test_each_distinct_text_has_its_place(
    arrays: ModuleType, batches: list[list[tuple[str | None, int]]], start: int
) -> None:
    """Texts get places in the order in which they were added, by kind, and unknown ones and nulls have none."""
    places, known = arrays.Places(), dict[tuple[str, int], int]()
    for batch in batches:
        column = pa.array([text for text, _ in batch], pa.string()).slice(min(start, len(batch)))
        kinds = np.array([kind for _, kind in batch[start:]], np.uint8)
        before = [-1 if text is None else known.get((text, kind), -1) for text, kind in batch[start:]]

        assert places.find(column, kinds=kinds).tolist() == before
        added = places.add(column, kinds=kinds).tolist()

        after = [-1 if text is None else known.setdefault((text, kind), len(known)) for text, kind in batch[start:]]
        assert added == after
        assert len(places) == len(known)
        assert places.size == sum(len(text.encode()) for text, _ in known)


@TWINS
def test_only_the_texts_at_positions_are_looked_at(arrays: ModuleType) -> None:
    """With positions, one answer comes for each of them, in their order."""
    places = arrays.Places()
    column = pa.array(["a", "b", "c", "d"])

    assert places.add(column, [3, 1]).tolist() == [0, 1]
    assert places.find(column, [0, 1, 3, 3]).tolist() == [-1, 1, 0, 0]


@TWINS
def test_many_texts_keep_their_places(arrays: ModuleType) -> None:
    """A set that grew many times knows every text, whatever its length."""
    texts = [f"{'x' * (number % 40)}{number}" for number in range(20_000)]
    places = arrays.Places()
    for start in range(0, len(texts), 3_000):
        places.add(pa.array(texts[start : start + 3_000]))

    assert places.find(pa.array(texts)).tolist() == list(range(len(texts)))
    assert places.find(pa.array([f"{text}!" for text in texts])).tolist() == [-1] * len(texts)


@TWINS
@pytest.mark.parametrize("position", [-1, 2])
def test_a_position_outside_the_array_is_refused(arrays: ModuleType, position: int) -> None:
    """A position that the array has not is an error."""
    with pytest.raises(ValueError, match="beyond"):
        arrays.Places().find(pa.array(["a", "b"]), [position])


@TWINS
def test_each_text_needs_a_kind(arrays: ModuleType) -> None:
    """Kinds of another count than the texts are an error."""
    with pytest.raises(ValueError, match="one kind for each text"):
        arrays.Places().find(pa.array(["a", "b"]), kinds=[1])


@TWINS
@pytest.mark.parametrize("kind", [np.uint8, np.int32])
def test_marks_are_answered_by_place(arrays: ModuleType, kind: type[np.integer[Any]]) -> None:
    """Each place has the mark of its text, the first where one is named twice, and another where it is not named."""
    places = arrays.Places()
    places.add(pa.array(["a", "b", "c"]))

    marks = places.marks(pa.array(["c", "x", "a", "c", None]), np.array([1, 2, 3, 4, 5], kind), 9)

    assert marks.dtype == kind
    assert marks.tolist() == [3, 9, 1]
    assert places.marks(pa.array(["x"]), np.array([1], kind), 9) is None
    with pytest.raises(ValueError, match="one mark for each text"):
        places.marks(pa.array(["x"]), np.array([1, 2], kind), 9)

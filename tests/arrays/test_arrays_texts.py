"""Operations on columns of text, in each implementation, against plain Python."""

import math
import re
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.errors import TooLargeError
from otel_lift.implementations import implementations

TWINS = pytest.mark.parametrize("arrays", implementations("otel_lift.arrays").values(), ids=lambda twin: twin.__name__)
TEXTS = st.one_of(st.text(max_size=4), st.text(min_size=14, max_size=40))
OPTIONAL = st.one_of(st.none(), TEXTS)

properties = settings(max_examples=150, deadline=None)


@st.composite
def columns(draw: st.DrawFn, items: st.SearchStrategy[Any] = OPTIONAL) -> tuple[Any, list[Any]]:
    """Draw a string array, whole or a slice of a longer one, and what it says."""
    texts = draw(st.lists(items, max_size=20))
    start = draw(st.integers(0, len(texts)))
    end = draw(st.integers(start, len(texts)))
    if draw(st.booleans()):
        return pa.array(texts, pa.string()), texts
    return pa.array(texts, pa.string()).slice(start, end - start), texts[start:end]


def _plain(array: Any) -> list[Any]:
    array.validate(full=True)
    assert array.type == pa.string()
    plain: list[Any] = array.to_pylist()
    return plain


@TWINS
@properties
@given(drawn=columns(), data=st.data())
def test_put_replaces_some_texts(arrays: ModuleType, drawn: tuple[Any, list[Any]], data: st.DataObject) -> None:
    """The texts that are given stand at their positions, a null among them changes nothing, and all others stay."""
    column, expected = drawn
    chosen = sorted(data.draw(st.sets(st.integers(0, len(expected) - 1)))) if expected else []
    texts = data.draw(st.lists(OPTIONAL, min_size=len(chosen), max_size=len(chosen)))

    result = arrays.put(column, np.array(chosen, np.int64), pa.array(texts, pa.string()))

    expected = list(expected)
    for place, text in zip(chosen, texts, strict=True):
        expected[place] = expected[place] if text is None else text
    assert _plain(result) == expected


@TWINS
@pytest.mark.parametrize("positions", [[0, 0], [1, 0], [-1, 0], [0, 3]])
def test_put_refuses_positions_that_do_not_ascend_within_the_array(arrays: ModuleType, positions: list[int]) -> None:
    """Positions that repeat, go back or lie outside are an error, not another result."""
    with pytest.raises(ValueError, match="ascend"):
        arrays.put(pa.array(["a", "b", "c"]), positions, pa.array(["x", "y"]))


@TWINS
def test_put_needs_a_text_for_each_position(arrays: ModuleType) -> None:
    """Fewer texts than positions are an error."""
    with pytest.raises(ValueError, match="one text for each position"):
        arrays.put(pa.array(["a", "b", "c"]), [0, 1], pa.array(["x"]))


@TWINS
@properties
@given(drawn=columns(), data=st.data())
def test_gather_answers_the_texts_at_positions(
    arrays: ModuleType, drawn: tuple[Any, list[Any]], data: st.DataObject
) -> None:
    """Texts are answered in the order and as often as asked for, null or an empty text for a negative position."""
    column, texts = drawn
    positions = data.draw(st.lists(st.integers(-2, len(texts) - 1), max_size=30))

    result = arrays.gather(column, np.array(positions, np.int64))

    expected = [None if place < 0 else texts[place] for place in positions]
    assert _plain(result) == expected
    assert _plain(arrays.gather(column, positions, empty=True)) == [text or "" for text in expected]


@TWINS
def test_gather_refuses_a_position_beyond_the_array(arrays: ModuleType) -> None:
    """A position that the array has not is an error."""
    with pytest.raises(ValueError, match="beyond"):
        arrays.gather(pa.array(["a", "b"]).slice(0, 1), [1])


@TWINS
def test_a_column_of_more_than_two_gibibytes_is_refused(arrays: ModuleType) -> None:
    """Text that 32-bit offsets cannot reach is refused before it is built."""
    column = pa.array(["x" * 2**20])

    with pytest.raises(TooLargeError, match="2 GiB"):
        arrays.gather(column, np.zeros(2**11, np.int64))


@TWINS
@given(table=st.lists(st.sampled_from([b"", b"abcd", b"efgh"]), max_size=6), data=st.data())
def test_fixed_texts_are_rows_of_a_table(arrays: ModuleType, table: list[bytes], data: st.DataObject) -> None:
    """Rows of a table of one width become texts, and null where a row is negative or empty."""
    rows = data.draw(st.lists(st.integers(-1, len(table) - 1), max_size=20))

    result = arrays.fixed_texts(np.array(table, "S4"), np.array(rows, np.int64))

    assert _plain(result) == [table[row].decode() if row >= 0 and table[row] else None for row in rows]


@TWINS
@properties
@given(drawn=columns(TEXTS), table=st.lists(st.sampled_from([b"", b"abcd", b"efgh"]), min_size=1), data=st.data())
def test_fixed_texts_are_put_where_they_say_something(
    arrays: ModuleType, drawn: tuple[Any, list[Any]], table: list[bytes], data: st.DataObject
) -> None:
    """Rows of a table replace the texts at their positions, an empty one or none leaves it, and the answer says so."""
    column, texts = drawn
    chosen = sorted(data.draw(st.sets(st.integers(0, len(texts) - 1)))) if texts else []
    rows = data.draw(st.lists(st.integers(-1, len(table) - 1), min_size=len(chosen), max_size=len(chosen)))

    result, given_there = arrays.put_fixed(column, chosen, np.array(table, "S4"), np.array(rows, np.int64))

    expected, said = list(texts), [row >= 0 and bool(table[row]) for row in rows]
    for place, row, says in zip(chosen, rows, said, strict=True):
        expected[place] = table[row].decode() if says else expected[place]
    assert _plain(result) == expected
    assert (given_there is None) == all(said)
    assert given_there is None or given_there.tolist() == said


@TWINS
@pytest.mark.parametrize(
    ("texts", "positions", "rows", "problem"),
    [
        (["a", "b"], [1, 0], [0, 0], "must ascend"),
        (["a", "b"], [0, 2], [0, 0], "must ascend"),
        (["a", "b"], [0, 1], [0, 1], "beyond the table"),
        (["a", "b"], [0, 1], [0], "one text for each position"),
        (["a", None], [0], [0], "must not be null"),
    ],
)
def test_fixed_texts_are_put_where_there_is_a_place(
    arrays: ModuleType, texts: list[str | None], positions: list[int], rows: list[int], problem: str
) -> None:
    """Positions and rows that do not fit are errors, and so is a column with a null."""
    with pytest.raises(ValueError, match=problem):
        arrays.put_fixed(pa.array(texts), positions, np.array([b"abcd"]), rows)


@TWINS
def test_fixed_texts_refuse_a_row_beyond_the_table(arrays: ModuleType) -> None:
    """A row that the table has not is an error."""
    with pytest.raises(ValueError, match="beyond"):
        arrays.fixed_texts(np.array([b"abcd"]), [1])


@TWINS
@given(
    ids=st.lists(st.one_of(st.none(), st.binary(min_size=8, max_size=8)), max_size=20),
    start=st.integers(0, 20),
    optional=st.booleans(),
)
def test_ids_are_written_in_hexadecimal(
    arrays: ModuleType, ids: list[bytes | None], start: int, optional: bool
) -> None:
    """An id of a sliced column is its lower-case hexadecimal text, and a missing one is empty text."""
    ids = ids if optional else [id_ or b"\0" * 8 for id_ in ids]
    column = pa.array(ids, pa.binary(8)).slice(min(start, len(ids)))

    assert _plain(arrays.hexadecimal(column)) == ["" if id_ is None else id_.hex() for id_ in ids[start:]]


@TWINS
@properties
@given(texts=st.sets(st.one_of(TEXTS, TEXTS.map("app.attribute.".__add__), st.text("a\0\x7fé", max_size=12))))
def test_ranks_are_the_order_of_the_bytes(arrays: ModuleType, texts: set[str]) -> None:
    """A text's rank is its place among all when they are sorted by their UTF-8 bytes."""
    listed = list(texts)
    column = pa.array(["", *listed], pa.string()).slice(1)

    ranked = arrays.ranks(column)

    assert ranked.dtype == np.int32
    expected = {text: rank for rank, text in enumerate(sorted(texts, key=str.encode))}
    assert ranked.tolist() == [expected[text] for text in listed]


NUMBERS = (
    st.floats(allow_nan=False).map(repr)
    | st.integers().map(str)
    | st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{0,3})?", fullmatch=True)
    | st.sampled_from(["", ".", "-", "+.5", "1e", "nan", "inf", "0x1", "1_0", " 1", "1 ", "1\n", "1\0", "\uff11"])
)


@TWINS
@properties
@given(drawn=columns(st.none() | NUMBERS))
def test_numbers_are_read_from_text(arrays: ModuleType, drawn: tuple[Any, list[str | None]]) -> None:
    """A decimal number is the float that Python reads from it, and any other text is not a number."""
    column, texts = drawn

    found = arrays.numbers(column).tolist()

    for text, number in zip(texts, found, strict=True):
        if text is not None and re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
            assert number == float(text)
        else:
            assert math.isnan(number)


@TWINS
@properties
@given(drawn=columns(TEXTS), times=st.integers(0, 5))
def test_repeat_says_all_texts_again(arrays: ModuleType, drawn: tuple[Any, list[Any]], times: int) -> None:
    """All texts follow one another as often as was asked for."""
    column, texts = drawn

    assert _plain(arrays.repeat(column, times)) == texts * times


@TWINS
def test_repeat_refuses_nulls_and_negative_times(arrays: ModuleType) -> None:
    """A column with a null is not repeated, nor any column less than never."""
    with pytest.raises(ValueError, match="must not be null"):
        arrays.repeat(pa.array(["a", None]), 2)
    with pytest.raises(ValueError, match="less than never"):
        arrays.repeat(pa.array(["a"]), -1)


@TWINS
@properties
@given(
    numbers=st.lists(st.one_of(st.none(), st.integers(0, 2**31 - 1)), max_size=20),
    start=st.integers(0, 9),
    kind=st.sampled_from([pa.int32(), pa.uint32()]),
)
def test_nulls_are_read_with_the_numbers(
    arrays: ModuleType, numbers: list[int | None], start: int, kind: pa.DataType
) -> None:
    """`codes_or_less` answers -1 for each null and `valid` says where there is none, in slices too."""
    column, sliced = pa.array(numbers, kind).slice(start), numbers[start:]

    assert arrays.codes_or_less(column).tolist() == [-1 if one is None else one for one in sliced]
    assert arrays.valid(column).tolist() == [one is not None for one in sliced]

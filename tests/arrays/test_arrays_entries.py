"""Operations on lists of entries, in each implementation, against plain Python."""

from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.implementations import implementations

TWINS = pytest.mark.parametrize("arrays", implementations("otel_lift.arrays").values(), ids=lambda twin: twin.__name__)
KEYS = 6
OWNERS = st.lists(
    st.lists(st.tuples(st.integers(0, KEYS - 1), st.text(max_size=3)), max_size=5)
    | st.lists(st.tuples(st.integers(0, KEYS - 1), st.text(max_size=30)), min_size=20, max_size=40),
    max_size=8,
)
BY_KEY = st.lists(st.integers(0, 255), min_size=KEYS, max_size=KEYS)

properties = settings(max_examples=100, deadline=None)


class Entries:
    """The entries of some owners as columns."""

    def __init__(self, owners: list[list[tuple[int, str]]]) -> None:
        flat = [entry for owner in owners for entry in owner]
        self.offsets = np.cumsum([0, *map(len, owners)]).astype(np.int32)
        self.codes = np.array([code for code, _ in flat], np.int32)
        self.types = np.arange(len(flat)).astype(np.uint8)
        # a slice, so that the first offset is not zero
        self.values = pa.array(["before", *(value for _, value in flat)], pa.string()).slice(1)
        self.numbered = [
            [(int(start) + number, *entry) for number, entry in enumerate(owner)]
            for start, owner in zip(self.offsets, owners, strict=False)
        ]


@TWINS
@properties
@given(owners=OWNERS, ranks=st.permutations(range(-2, KEYS - 2)))
def test_the_first_entry_of_the_lowest_rank_is_found(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], ranks: list[int]
) -> None:
    """Each owner's entry is the first one of the key that counts most, and -1 says that it has none that counts."""
    entries = Entries(owners)

    found = arrays.first(entries.offsets, entries.codes, np.array(ranks, np.int32))

    expected = [
        min(((ranks[code], place) for place, code, _ in owner if ranks[code] >= 0), default=(0, -1))[1]
        for owner in entries.numbered
    ]
    assert found.tolist() == expected


@TWINS
@properties
@given(owners=OWNERS, ranks=st.permutations(range(-2, KEYS - 2)), data=st.data())
def test_the_first_of_some_entries_is_found_by_its_number(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], ranks: list[int], data: st.DataObject
) -> None:
    """Only the named entries count, and each owner has the number of its first of the key that counts most, or -1."""
    entries = Entries(owners)
    places = st.integers(0, max(len(entries.codes) - 1, 0))
    chosen = sorted(data.draw(st.sets(places))) if len(entries.codes) else []
    numbers = {place: 1000 - place for place in chosen}

    found = arrays.first_of(
        entries.offsets,
        entries.codes,
        np.array(ranks, np.int32),
        np.array(chosen, np.int64),
        np.array(list(numbers.values()), np.int64),
    )

    best = [
        min(((ranks[code], place) for place, code, _ in owner if ranks[code] >= 0 and place in numbers), default=None)
        for owner in entries.numbered
    ]
    assert found.tolist() == [-1 if one is None else numbers[one[1]] for one in best]


@TWINS
@pytest.mark.parametrize("positions", [[1, 0], [0, 0], [-1, 0], [0, 2]])
def test_some_entries_must_ascend_within_all(arrays: ModuleType, positions: list[int]) -> None:
    """Positions in another order, or of no entry, are an error, and so is another count of numbers."""
    entries = Entries([[(0, "a"), (1, "b")]])
    columns = entries.offsets, entries.codes, np.zeros(KEYS, np.int32)

    with pytest.raises(ValueError, match="must ascend"):
        arrays.first_of(*columns, np.array(positions, np.int64), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="one number for each position"):
        arrays.first_of(*columns, np.array([0], np.int64), np.zeros(2, np.int64))


@TWINS
@properties
@given(
    owners=OWNERS,
    slots=st.lists(st.integers(-1, 2), min_size=KEYS, max_size=KEYS),
    ranks=st.permutations(range(KEYS)),
)
def test_the_first_entries_of_several_groups_are_found_at_once(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], slots: list[int], ranks: list[int]
) -> None:
    """Each group of keys has its own first entry of each owner."""
    entries = Entries(owners)

    found = arrays.firsts(entries.offsets, entries.codes, np.array(slots, np.int32), np.array(ranks, np.int32), 3)

    assert found.shape == (3, len(owners))
    for slot in range(3):
        expected = [
            min(((ranks[code], place) for place, code, _ in owner if slots[code] == slot), default=(0, -1))[1]
            for owner in entries.numbered
        ]
        assert found[slot].tolist() == expected


@TWINS
@properties
@given(owners=OWNERS, marks=BY_KEY)
def test_owners_have_the_marks_of_their_keys(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], marks: list[int]
) -> None:
    """An owner's mark has the bits of all its entries' keys, and is 0 without any."""
    entries = Entries(owners)

    found = arrays.marks_of(entries.offsets, entries.codes, np.array(marks, np.uint8))

    expected = []
    for owner in owners:
        mark = 0
        for code, _ in owner:
            mark |= marks[code]
        expected.append(mark)
    assert found.tolist() == expected


@TWINS
@properties
@given(owners=OWNERS, marks=st.lists(st.integers(0, 2), min_size=KEYS, max_size=KEYS))
def test_wanted_entries_are_those_whose_key_has_a_mark(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], marks: list[int]
) -> None:
    """The positions of marked entries come in order, with their marks."""
    entries = Entries(owners)

    positions, found = arrays.wanted(entries.codes, np.array(marks, np.uint8))

    expected = [(place, marks[code]) for place, code in enumerate(entries.codes.tolist()) if marks[code]]
    assert list(zip(positions.tolist(), found.tolist(), strict=True)) == expected


@TWINS
@properties
@given(owners=OWNERS, kept=st.lists(st.integers(0, 1), min_size=KEYS, max_size=KEYS), data=st.data())
def test_marked_owners_lose_the_entries_that_are_not_kept(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], kept: list[int], data: st.DataObject
) -> None:
    """What stays is what has a kept key or an owner without a mark, and the filtered columns say just that."""
    entries = Entries(owners)
    marked = data.draw(st.lists(st.integers(0, 1), min_size=len(owners), max_size=len(owners)))

    mask = arrays.outside(entries.offsets, entries.codes, np.array(kept, np.uint8), np.array(marked, np.uint8))
    offsets, codes, types, values = arrays.filter_entries(
        entries.offsets, entries.codes, entries.types, entries.values, mask
    )

    expected = [
        [entry for entry in owner if kept[entry[1]] or not mark]
        for owner, mark in zip(entries.numbered, marked, strict=True)
    ]
    flat = [entry for owner in expected for entry in owner]
    assert np.diff(offsets).tolist() == [len(owner) for owner in expected]
    assert types.tolist() == [place % 256 for place, _, _ in flat]
    assert codes.tolist() == [code for _, code, _ in flat]
    values.validate(full=True)
    assert values.to_pylist() == [value for _, _, value in flat]


@TWINS
@properties
@given(owners=OWNERS, data=st.data())
def test_lists_are_taken_by_row(arrays: ModuleType, owners: list[list[tuple[int, str]]], data: st.DataObject) -> None:
    """Rows of lists are answered in the order and as often as asked for."""
    entries = Entries(owners)
    rows = data.draw(st.lists(st.integers(0, len(owners) - 1), max_size=10)) if owners else []

    offsets, positions = arrays.take_lists(entries.offsets, np.array(rows, np.int64))

    expected = [[place for place, _, _ in entries.numbered[row]] for row in rows]
    assert np.diff(offsets).tolist() == [len(owner) for owner in expected]
    assert positions.tolist() == [place for owner in expected for place in owner]


@TWINS
@given(codes=st.lists(st.integers(0, 4), max_size=10), size=st.integers(5, 7))
def test_renumbered_codes_name_the_used_values(arrays: ModuleType, codes: list[int], size: int) -> None:
    """Codes become places among the used values, which keep their order; nothing is copied where all are used."""
    renumbered, used = arrays.renumber(np.array(codes, np.int32), size)

    values = list(range(size)) if used is None else used.tolist()
    assert (used is None) == (len(set(codes)) == size)
    assert values == (list(range(size)) if used is None else sorted(set(codes)))
    assert [values[code] for code in renumbered.tolist()] == codes


@st.composite
def _additions(draw: st.DrawFn, owners: int) -> list[tuple[int, list[str | None], list[int] | None]]:
    made: list[tuple[int, list[str | None], list[int] | None]] = []
    for code in draw(st.lists(st.integers(0, KEYS - 1), max_size=3)):
        texts = st.none() | st.text(max_size=20)
        if draw(st.booleans()):
            made.append((code, draw(st.lists(texts, min_size=owners, max_size=owners)), None))
        else:
            few = draw(st.lists(texts, max_size=3))
            places = draw(st.lists(st.integers(-2, len(few) - 1), min_size=owners, max_size=owners))
            made.append((code, few, places))
    return made


def _chosen(additions: list[tuple[int, list[str | None], list[int] | None]], row: int) -> dict[int, str]:
    chosen: dict[int, str] = {}
    for code, texts, places in additions:
        place = row if places is None else places[row]
        text = texts[place] if place >= 0 else None
        if text is not None:
            chosen.setdefault(code, text)
    return chosen


@TWINS
@properties
@given(owners=OWNERS, ranks=st.permutations(range(KEYS)), data=st.data())
def test_entries_are_sorted_and_additions_come_first(
    arrays: ModuleType, owners: list[list[tuple[int, str]]], ranks: list[int], data: st.DataObject
) -> None:
    """Entries stand by rank, of equal keys the first stays, and an addition comes before what the owner has."""
    entries = Entries(owners)
    additions = data.draw(_additions(len(owners)))
    expected: list[list[tuple[int, str]]] = []
    for row, owner in enumerate(owners):
        chosen = _chosen(additions, row)
        for code, value in owner:
            chosen.setdefault(code, value)
        expected.append(sorted(chosen.items(), key=lambda pair: ranks[pair[0]]))

    offsets, codes, values = arrays.sorted_entries(
        entries.offsets,
        entries.codes,
        entries.values,
        np.array(ranks, np.int32),
        [
            (code, pa.array(["", *texts], pa.string()).slice(1), None if places is None else np.array(places, np.int32))
            for code, texts, places in additions
        ],
    )

    values.validate(full=True)
    assert np.diff(offsets).tolist() == [len(owner) for owner in expected]
    assert codes.tolist() == [code for owner in expected for code, _ in owner]
    assert values.to_pylist() == [value for owner in expected for _, value in owner]


_OFFSETS, _CODES = np.array([0, 1, 2], np.int32), np.array([0, 1], np.int32)
_BYTES = np.array([1, 1], np.uint8)


@TWINS
@pytest.mark.parametrize("offsets", [[0, 1], [0, 1, 3], [1, 1, 2], [0, 3, 2], [-1, 1, 2]])
@pytest.mark.parametrize(
    "call",
    [
        lambda arrays, offsets: arrays.first(offsets, _CODES, _CODES),
        lambda arrays, offsets: arrays.marks_of(offsets, _CODES, _BYTES),
        lambda arrays, offsets: arrays.outside(offsets, _CODES, _BYTES, np.ones(len(offsets) - 1, np.uint8)),
        lambda arrays, offsets: arrays.filter_entries(offsets, _CODES, _BYTES, pa.array(["a", "b"]), _BYTES),
        lambda arrays, offsets: arrays.sorted_entries(offsets, _CODES, pa.array(["a", "b"]), _CODES, []),
    ],
)
def test_offsets_that_do_not_fit_are_refused(arrays: ModuleType, offsets: list[int], call: Any) -> None:
    """Offsets that do not start at zero, ascend and end with the entries are an error, never a read outside."""
    with pytest.raises(ValueError, match="ascend"):
        call(arrays, np.array(offsets, np.int32))


@TWINS
@pytest.mark.parametrize("codes", [[0, 2], [-1, 0]])
@pytest.mark.parametrize(
    "call",
    [
        lambda arrays, codes: arrays.first(_OFFSETS, codes, _CODES),
        lambda arrays, codes: arrays.marks_of(_OFFSETS, codes, _BYTES),
        lambda arrays, codes: arrays.wanted(codes, _BYTES),
        lambda arrays, codes: arrays.outside(_OFFSETS, codes, _BYTES, _BYTES),
        lambda arrays, codes: arrays.renumber(codes, 2),
        lambda arrays, codes: arrays.sorted_entries(_OFFSETS, codes, pa.array(["a", "b"]), _CODES, []),
    ],
)
def test_codes_without_a_key_are_refused(arrays: ModuleType, codes: list[int], call: Any) -> None:
    """A code that names no key is an error, never a read outside."""
    with pytest.raises(ValueError, match="beyond the keys"):
        call(arrays, np.array(codes, np.int32))


@TWINS
@pytest.mark.parametrize(("code", "places"), [(2, [0, 0]), (-1, [0, 0]), (0, [0]), (0, [0, 1]), (0, None)], ids=str)
def test_additions_that_do_not_fit_are_refused(arrays: ModuleType, code: int, places: list[int] | None) -> None:
    """An addition needs a known key, a text or a place for each owner, and each place a text."""
    addition = (code, pa.array(["x"]), None if places is None else np.array(places, np.int32))

    with pytest.raises(ValueError, match=r"addition|beyond"):
        arrays.sorted_entries(_OFFSETS, _CODES, pa.array(["a", "b"]), _CODES, [addition])


@TWINS
@pytest.mark.parametrize("row", [-1, 2])
def test_lists_beyond_the_last_are_refused(arrays: ModuleType, row: int) -> None:
    """A row that has no list is an error."""
    with pytest.raises(ValueError, match="beyond the lists"):
        arrays.take_lists(_OFFSETS, [row])

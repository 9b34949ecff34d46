"""The column operations as a target: columns of any shape, sliced, with nulls, and wrong at times."""

import random
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from fuzz.case import Case, Difference

__all__ = ["FUNCTIONS", "ArraysTarget", "outcome", "texts"]

_WORDS = ["", "a", "b", "é", "\0", "service.name", "x" * 40, "\U0001f600", "1234567890abcdef", "y" * 70]


def texts(rng: random.Random, count: int, *, nulls: bool = True) -> Any:
    """Answer a string array of `count`, mostly a slice of a longer one."""
    before, after = rng.choice([(0, 0), (0, 1), (1, 0), (3, 2), (9, 9)])
    words = [rng.choice(_WORDS) if rng.random() < 0.8 else str(rng.random()) for _ in range(before + count + after)]
    chosen = [None if nulls and rng.random() < 0.15 else word for word in words]
    return pa.array(chosen, pa.string()).slice(before, count)


def outcome(call: Callable[[], Any]) -> Any:
    """Answer what a call answers in a form that can be compared, or the type of what it raises."""
    try:
        return _plain(call())
    except Exception as error:  # noqa: BLE001 - which errors are raised is what is compared
        return type(error)


def _plain(value: Any) -> Any:
    if isinstance(value, pa.Array):
        value.validate(full=True)
        return str(value.type), value.to_pylist()
    if isinstance(value, np.ndarray):
        # the text of a double: NaN is equal to itself, and -0.0 differs from 0.0
        return str(value.dtype), [repr(item) for item in value.tolist()]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _numbers(rng: random.Random, count: int, lowest: int, highest: int, dtype: Any) -> Any:
    """Answer numbers from `lowest` to below `highest`; one in fifty arrays has one that is wrong."""
    numbers = [rng.randrange(lowest, highest) if highest > lowest else lowest for _ in range(count)]
    if numbers and rng.random() < 0.02:
        wrong = [highest, highest + 7, lowest - 1, 2**31 - 1, -(2**31)]
        info = np.iinfo(dtype)
        numbers[rng.randrange(count)] = min(max(rng.choice(wrong), info.min), info.max)
    return np.array(numbers, dtype)


def _ascending(rng: random.Random, below: int) -> Any:
    rows = sorted(rng.sample(range(below), rng.randint(0, below)))
    if rows and rng.random() < 0.02:
        rng.shuffle(rows)
    return rows


class _Lists:
    """The attributes of some owners: offsets, codes and how many keys there are. Their values are never null."""

    def __init__(self, rng: random.Random) -> None:
        self.owners = rng.choice([0, 1, 2, 5, 40])
        self.entries = rng.choice([0, 1, 3, 30, 200]) if self.owners else 0
        self.keys = rng.choice([1, 2, 7, 60])
        inner = sorted(rng.randint(0, self.entries) for _ in range(max(self.owners - 1, 0)))
        bounds = [0, *inner, self.entries][: self.owners + 1]
        if rng.random() < 0.02:
            bounds[rng.randrange(len(bounds))] = rng.choice([-1, self.entries + 1])
        self.offsets = np.array(bounds, np.int32)
        self.codes = _numbers(rng, self.entries, 0, self.keys, np.int32)


def _put(rng: random.Random, twin: Any) -> Any:
    count = rng.choice([0, 1, 8, 100])
    values, places = texts(rng, count), _ascending(rng, count)
    return twin.put, values, np.array(places, np.int64), texts(rng, len(places) + (rng.random() < 0.02))


def _gather(rng: random.Random, twin: Any) -> Any:
    count = rng.choice([0, 1, 8, 100])
    places = _numbers(rng, rng.choice([0, 1, 50]), -2 if count else -1, count, np.int64)
    return partial(twin.gather, empty=rng.random() < 0.5), texts(rng, count), places


def _fixed_texts(rng: random.Random, twin: Any) -> Any:
    rows = rng.choice([0, 1, 9])
    table = np.array([rng.choice([b"", b"01234567", b"abcdefgh"]) for _ in range(rows)], "S8")
    return twin.fixed_texts, table, _numbers(rng, rng.choice([0, 1, 50]), -1, rows, np.int64)


def _put_fixed(rng: random.Random, twin: Any) -> Any:
    _, table, _ = _fixed_texts(rng, twin)
    count = rng.choice([0, 1, 8, 100])
    places = np.array(_ascending(rng, count), np.int64)
    rows = _numbers(rng, len(places) + (rng.random() < 0.02), -1, len(table), np.int64)
    return twin.put_fixed, texts(rng, count, nulls=rng.random() < 0.05), places, table, rows


def _hexadecimal(rng: random.Random, twin: Any) -> Any:
    width, count = rng.choice([8, 16]), rng.choice([0, 1, 9, 100])
    ids = [None if rng.random() < 0.2 else rng.randbytes(width) for _ in range(count + 3)]
    return twin.hexadecimal, pa.array(ids, pa.binary(width)).slice(rng.choice([0, 1, 3]), count)


def _repeat(rng: random.Random, twin: Any) -> Any:
    return twin.repeat, texts(rng, rng.choice([0, 1, 8]), nulls=rng.random() < 0.1), rng.choice([0, 1, 5, -1])


def _integers(rng: random.Random) -> Any:
    dtype = rng.choice([pa.int32(), pa.uint32()])
    values = [None if rng.random() < 0.2 else rng.choice([0, 1, 7, 2**31 - 1]) for _ in range(rng.choice([0, 1, 70]))]
    return pa.array(values, dtype).slice(rng.choice([0, 0, 3, 9]))


def _codes_or_less(rng: random.Random, twin: Any) -> Any:
    return twin.codes_or_less, _integers(rng)


def _valid(rng: random.Random, twin: Any) -> Any:
    return twin.valid, _integers(rng) if rng.random() < 0.5 else texts(rng, rng.choice([0, 1, 70]))


def _ranks(rng: random.Random, twin: Any) -> Any:
    distinct = sorted({"".join(rng.choices(_WORDS, k=2)) for _ in range(rng.choice([0, 1, 9, 200]))})
    return twin.ranks, pa.array(["", "b", *rng.sample(distinct, len(distinct))], pa.string()).slice(2)


def _number_texts(rng: random.Random, twin: Any) -> Any:
    parts = ["", "-", "+", ".", "e", "E", "0", "1", "007", "12.5", "1e308", "e-7", "9" * 20, " ", "inf", "nan", "x"]
    words = ["".join(rng.choices(parts, k=rng.choice([1, 2, 3]))) for _ in range(40)]
    chosen = [None if rng.random() < 0.1 else word for word in [*words, *(repr(rng.uniform(-9, 9)) for _ in range(9))]]
    return twin.numbers, pa.array(chosen, pa.string()).slice(rng.choice([0, 3]), rng.choice([0, 1, 46]))


def _firsts(rng: random.Random, twin: Any) -> Any:
    lists, count = _Lists(rng), rng.choice([1, 2, 5])
    slots = _numbers(rng, lists.keys, -1, count, np.int32)
    ranks = np.array([rng.randint(-1, 5) for _ in range(lists.keys)], np.int32)
    return twin.firsts, lists.offsets, lists.codes, slots, ranks, count


def _first(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    return twin.first, lists.offsets, lists.codes, np.array([rng.randint(-1, 5) for _ in range(lists.keys)], np.int32)


def _first_of(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    ranks = np.array([rng.randint(-1, 5) for _ in range(lists.keys)], np.int32)
    positions = np.array(_ascending(rng, lists.entries), np.int64)
    numbers = np.arange(len(positions) + (rng.random() < 0.02), dtype=np.int64)
    return twin.first_of, lists.offsets, lists.codes, ranks, positions, numbers


def _marks_of(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    return twin.marks_of, lists.offsets, lists.codes, _numbers(rng, lists.keys, 0, 256, np.uint8)


def _wanted(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    return twin.wanted, lists.codes, _numbers(rng, lists.keys, 0, 3, np.uint8)


def _outside(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    kept, marked = _numbers(rng, lists.keys, 0, 2, np.uint8), _numbers(rng, lists.owners, 0, 2, np.uint8)
    return twin.outside, lists.offsets, lists.codes, kept, marked


def _filter_entries(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    types, mask = (_numbers(rng, lists.entries, 0, most, np.uint8) for most in (8, 2))
    return twin.filter_entries, lists.offsets, lists.codes, types, texts(rng, lists.entries, nulls=False), mask


def _take_lists(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    rows = _numbers(rng, rng.choice([0, 1, 30]) if lists.owners else 0, 0, lists.owners, np.int64)
    return twin.take_lists, lists.offsets, rows


def _renumber(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    return twin.renumber, lists.codes, lists.keys


def _sorted_entries(rng: random.Random, twin: Any) -> Any:
    lists = _Lists(rng)
    ranks = np.array(rng.sample(range(lists.keys), lists.keys), np.int32)
    additions = []
    for _ in range(rng.randint(0, 2)):
        count = lists.owners if rng.random() < 0.5 else rng.choice([1, 2, 9])
        places = None if count == lists.owners else _numbers(rng, lists.owners, -1, count, np.int32)
        additions.append((rng.randrange(lists.keys), texts(rng, count), places))
    return twin.sorted_entries, lists.offsets, lists.codes, texts(rng, lists.entries, nulls=False), ranks, additions


def _places(rng: random.Random, twin: Any) -> Any:
    rounds = []
    for _ in range(rng.randint(1, 4)):
        values = texts(rng, rng.choice([0, 1, 30, 300]))
        positions = _numbers(rng, rng.choice([0, 1, 40]), 0, len(values), np.int64) if len(values) else None
        count = len(values if positions is None else positions)
        kinds = _numbers(rng, count, 0, 3, np.uint8) if rng.random() < 0.5 else None
        rounds.append((rng.choice(["find", "add"]), values, positions, kinds))

    def use() -> Any:
        places = twin.Places()
        return [outcome(partial(getattr(places, name), *columns)) for name, *columns in rounds], len(places)

    return (use,)


FUNCTIONS: Mapping[str, Callable[[random.Random, Any], Any]] = MappingProxyType(
    {
        "put": _put,
        "gather": _gather,
        "fixed_texts": _fixed_texts,
        "put_fixed": _put_fixed,
        "hexadecimal": _hexadecimal,
        "repeat": _repeat,
        "codes_or_less": _codes_or_less,
        "valid": _valid,
        "ranks": _ranks,
        "numbers": _number_texts,
        "first": _first,
        "first_of": _first_of,
        "firsts": _firsts,
        "marks_of": _marks_of,
        "wanted": _wanted,
        "outside": _outside,
        "filter_entries": _filter_entries,
        "take_lists": _take_lists,
        "renumber": _renumber,
        "sorted_entries": _sorted_entries,
        "Places": _places,
    }
)
"""What makes a call of each function: the function of a twin, and arguments."""


class ArraysTarget:
    """Calls the functions of `otel_lift.arrays`, whose answers and errors must be the same."""

    name = "arrays"
    counts: Mapping[str, int] = MappingProxyType({})

    def __init__(self, native: ModuleType, pure: ModuleType) -> None:
        self._native, self._pure = native, pure

    def draw(self, rng: random.Random) -> Case:
        """Make a case: a seed of the arguments."""
        return Case(self.name, rng.randbytes(8))

    def check(self, case: Case, *, compare: bool) -> None:
        """Call each function once."""
        for name, make in FUNCTIONS.items():
            # the same arguments for both: drawn twice from one seed
            ours, theirs = (make(_again(case), twin) for twin in (self._native, self._pure))
            found = outcome(partial(*ours))
            if compare and found != (expected := outcome(partial(*theirs))):
                raise Difference(f"{name}: native {str(found)[:700]}, pure {str(expected)[:700]}")


def _again(case: Case) -> random.Random:
    return random.Random(case.content)  # noqa: S311 - it must be repeatable

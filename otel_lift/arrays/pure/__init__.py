"""Column operations in numpy and pyarrow: what each does is described here, for its native twin too.

Texts are Arrow string arrays, sliced or not. The attributes of n owners are lists of m entries: `offsets` int32 of
shape (n + 1,), from 0 to m, with `codes` int32 and other columns of shape (m,); a code is a place in an array of keys.
Positions are int64. Every function raises ValueError where shapes or positions do not fit, and TooLargeError where a
column would be over 2 GiB of text.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays.pure.places import Places, check
from otel_lift.errors import TooLargeError

__all__ = [
    "Places",
    "codes_or_less",
    "filter_entries",
    "first",
    "first_of",
    "firsts",
    "fixed_texts",
    "gather",
    "hexadecimal",
    "marks_of",
    "numbers",
    "outside",
    "put",
    "put_fixed",
    "ranks",
    "renumber",
    "repeat",
    "sorted_entries",
    "take_lists",
    "valid",
    "wanted",
]

_Positions = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_Bytes = npt.NDArray[np.uint8]

_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
_MOST = 2**31 - 1
_NUMBER = r"\A[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\z"


def put(values: Any, positions: npt.ArrayLike, texts: Any) -> Any:
    """Put `texts` in place of the values at `positions`, which ascend; a null among them leaves its value."""
    places = np.asarray(positions, np.int64)
    check(len(places) == len(texts), "there must be one text for each position")
    check(_ascend(places, len(values)), "positions must ascend within the array")
    given = texts.is_valid().to_numpy(zero_copy_only=False)
    order = np.arange(len(values), dtype=np.int64)
    order[places[given]] = len(order) + np.flatnonzero(given)
    return _taken([values, texts], order)


def gather(values: Any, positions: npt.ArrayLike, *, empty: bool = False) -> Any:
    """Answer the texts at `positions`, in any order and as often as named; null where a position is negative.

    Where `empty` is asked for, an empty text stands for each null.
    """
    places = np.asarray(positions, np.int64)
    check((places < len(values)).all(), "a position is beyond the array")
    taken = _taken([values], places)
    return taken.fill_null("") if empty else taken


def repeat(values: Any, times: int) -> Any:
    """Answer all texts `times` times one after the other; there must be no null among them."""
    check(not values.null_count and times >= 0, "texts to repeat must not be null, nor be repeated less than never")
    return _taken([values], np.tile(np.arange(len(values), dtype=np.int64), times))


def codes_or_less(column: Any) -> _Codes:
    """Answer the numbers of an int32 or uint32 array (one under 2^31) as int32, -1 for each null."""
    codes: _Codes = column.fill_null(0).to_numpy().view(np.int32).copy()
    codes[column.is_null().to_numpy(zero_copy_only=False)] = -1
    return codes


def valid(column: Any) -> npt.NDArray[np.bool_]:
    """Say of each row whether it is not null."""
    found: npt.NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def fixed_texts(table: npt.NDArray[np.bytes_], rows: npt.ArrayLike) -> Any:
    """Answer the texts at `rows` of a table of texts of one width; null where a row is negative or its text empty."""
    places = np.maximum(np.asarray(rows, np.int64), -1)
    check((places < len(table)).all(), "a row is beyond the table")
    texts = pa.array(np.append(table, b"").astype(str), pa.string())
    empty = np.append(table == b"", True)
    return texts.take(pa.array(places, mask=empty[places] | (places < 0)))


def put_fixed(
    values: Any, positions: npt.ArrayLike, table: npt.NDArray[np.bytes_], rows: npt.ArrayLike
) -> tuple[Any, npt.NDArray[np.bool_] | None]:
    """Put texts of a table of one width, those at `rows`, in place of the values at `positions`, which ascend.

    An empty text, or a negative row, leaves the value. Answers which positions got a text too: None for all.
    """
    check(not values.null_count, "values must not be null")
    texts = fixed_texts(table, rows)
    return put(values, positions, texts), valid(texts) if texts.null_count else None


def hexadecimal(ids: Any) -> Any:
    """Answer lower-case hexadecimal text of a fixed-size binary column; null becomes empty text."""
    width, rows = ids.type.byte_width, len(ids)
    _check_size(2 * width * rows)
    if not rows:
        return pa.array([], pa.string())
    raw = np.frombuffer(ids.buffers()[1], np.uint8, rows * width, ids.offset * width).reshape(rows, width)
    valid = ids.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(np.where(valid, 2 * width, 0), out=offsets[1:])
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(_HEX.take(raw[valid])))


def ranks(values: Any) -> _Codes:
    """Answer the place of each of distinct texts in the ascending order of their bytes."""
    ranked = np.empty(len(values), np.int32)
    ranked[pc.sort_indices(values).to_numpy()] = np.arange(len(values), dtype=np.int32)
    return ranked


def numbers(values: Any) -> npt.NDArray[np.float64]:
    """Answer the decimal number that each text is, with or without an exponent, as float64; NaN where it is none."""
    numeric = pc.match_substring_regex(values, _NUMBER)
    read = pc.if_else(numeric, values, pa.scalar(None, pa.string())).cast(pa.float64())
    found: npt.NDArray[np.float64] = read.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return found


def first(offsets: _Codes, codes: _Codes, key_ranks: _Codes) -> _Positions:
    """Answer the position of each owner's entry whose key has the lowest rank, of equal ones the first; else -1.

    `key_ranks` are by code; entries of a negative rank are passed over.
    """
    owners = _owners(offsets, codes, key_ranks)
    rank = key_ranks[codes]
    places = np.flatnonzero(rank >= 0)
    last_wins = places[np.lexsort((-places, -rank[places]))]
    found = np.full(len(offsets) - 1, -1, np.int64)
    found[owners[last_wins]] = last_wins
    return found


def first_of(
    offsets: _Codes, codes: _Codes, key_ranks: _Codes, positions: _Positions, numbers: _Positions
) -> _Positions:
    """Do the same among the entries at `positions` alone, which ascend, and answer the entry's number in `numbers`."""
    _owners(offsets, codes, key_ranks)
    check(_ascend(positions, len(codes)), "positions must ascend within the array")
    check(len(positions) == len(numbers), "there must be one number for each position")
    rank = key_ranks[codes[positions]]
    places = np.flatnonzero(rank >= 0)
    last_wins = places[np.lexsort((-places, -rank[places]))]
    found = np.full(len(offsets) - 1, -1, np.int64)
    found[np.searchsorted(offsets, positions[last_wins], side="right") - 1] = numbers[last_wins]
    return found


def firsts(offsets: _Codes, codes: _Codes, slots: _Codes, key_ranks: _Codes, count: int) -> npt.NDArray[np.int64]:
    """Answer the same for `count` groups of keys at once: an array of shape (count, n).

    `slots` has the group of each key, negative for none; an entry competes with those of its group alone.
    """
    check((slots < count).all(), "a slot is beyond their count")
    check(len(slots) == len(key_ranks), "there must be one slot and one rank for each key")
    rows = [first(offsets, codes, np.where(slots == slot, key_ranks, np.int32(-1))) for slot in range(count)]
    return np.array(rows, np.int64).reshape(count, len(offsets) - 1)


def marks_of(offsets: _Codes, codes: _Codes, marks: _Bytes) -> _Bytes:
    """Answer for each owner, as bits, all `marks` of its entries' keys together."""
    owners = _owners(offsets, codes, marks)
    found = np.zeros(len(offsets) - 1, np.uint8)
    np.bitwise_or.at(found, owners, marks[codes])
    return found


def wanted(codes: _Codes, marks: _Bytes) -> tuple[_Positions, _Bytes]:
    """Answer the positions of the entries whose key has a mark, ascending, and these marks."""
    _check_codes(codes, len(marks))
    mark = marks[codes]
    positions = np.flatnonzero(mark)
    return positions, mark[positions]


def outside(offsets: _Codes, codes: _Codes, kept: _Bytes, marked: _Bytes) -> _Bytes:
    """Answer 1 for the entries that stay when marked owners lose those whose key is not kept, and 0 for the others."""
    owners = _owners(offsets, codes, kept)
    check(len(marked) == len(offsets) - 1, "there must be one mark for each owner")
    stays: _Bytes = ((marked[owners] == 0) | (kept[codes] != 0)).astype(np.uint8)
    return stays


def filter_entries(
    offsets: _Codes, codes: _Codes, types: _Bytes, values: Any, mask: _Bytes
) -> tuple[_Codes, _Codes, _Bytes, Any]:
    """Answer the four columns of the entries whose `mask` is not 0; owners stay."""
    _owners(offsets, codes, None)
    check(len(codes) == len(types) == len(values) == len(mask), "columns of entries must be of one length")
    kept = np.zeros(len(mask) + 1, np.int32)
    np.cumsum(mask != 0, dtype=np.int32, out=kept[1:])
    places = np.flatnonzero(mask)
    return kept[offsets], codes[places], types[places], values.take(pa.array(places))


def take_lists(offsets: _Codes, rows: npt.ArrayLike) -> tuple[_Codes, _Positions]:
    """Answer the offsets of the lists at `rows`, in any order and as often as named, and the positions of entries."""
    _check_offsets(offsets, int(offsets[-1]) if len(offsets) else 0)
    owners = np.asarray(rows, np.int64)
    check((owners >= 0).all() and (owners < len(offsets) - 1).all(), "a row is beyond the lists")
    counts = np.diff(offsets)[owners].astype(np.int64)
    ends = np.append(0, np.cumsum(counts))
    if ends[-1] > _MOST:
        raise TooLargeError("a column of lists would have over 2^31 entries: send smaller requests")
    positions = np.arange(ends[-1]) + np.repeat(offsets[:-1][owners] - ends[:-1], counts)
    return ends.astype(np.int32), positions


def renumber(codes: _Codes, size: int) -> tuple[_Codes, _Positions | None]:
    """Answer the codes as places among those of `size` values that are used, and which these are: None for all."""
    _check_codes(codes, size)
    used = np.zeros(size, np.bool_)
    used[codes] = True
    if used.all():
        return codes, None
    return (np.cumsum(used, dtype=np.int32) - np.int32(1))[codes], np.flatnonzero(used)


def sorted_entries(
    offsets: _Codes,
    codes: _Codes,
    values: Any,
    key_ranks: _Codes,
    additions: Sequence[tuple[int, Any, _Codes | None]],
) -> tuple[_Codes, _Codes, Any]:
    """Answer offsets, codes and values with each owner's entries in ascending order of their keys' ranks.

    Of equal ranks the first entry stays, and each key has a rank of its own. An addition is a code, texts, and by owner
    the place of its text, int32 of shape (n,): negative for none. Without places there is a text for each owner. A null
    text is none. Additions come before what the owner has.
    """
    owners = _owners(offsets, codes, key_ranks)
    check(len(codes) == len(values), "columns of entries must be of one length")
    added = [_added(code, texts, places, len(offsets) - 1, len(key_ranks)) for code, texts, places in additions]
    all_codes = np.concatenate([*(np.full(len(rows), code, np.int32) for code, rows, _ in added), codes])
    all_owners = np.concatenate([*(rows for _, rows, _ in added), owners])
    rank = key_ranks[all_codes]
    order = np.lexsort((np.arange(len(rank)), rank, all_owners))
    group = all_owners[order] << 32 | rank[order]
    order = order[np.append(True, group[1:] != group[:-1])[: len(order)]]
    starts = np.zeros(len(offsets), np.int32)
    np.cumsum(np.bincount(all_owners[order], minlength=len(offsets) - 1), out=starts[1:])
    return starts, all_codes[order], _taken([*(texts for *_, texts in added), values], order)


def _added(code: int, texts: Any, places: _Codes | None, owners: int, keys: int) -> tuple[int, _Positions, Any]:
    """Answer an addition's code, the owners that get it, and the text of each."""
    at = np.arange(len(texts)) if places is None else places
    check(0 <= code < keys, "an addition needs a known key")
    check(len(at) == owners, "an addition needs a text or a place for each owner")
    given = gather(texts, at)
    rows = np.flatnonzero(given.is_valid().to_numpy(zero_copy_only=False))
    return code, rows, given.take(pa.array(rows))


def _taken(arrays: Sequence[Any], order: _Positions) -> Any:
    """Take from arrays in a row; null where a place is negative."""
    lengths = np.concatenate([pc.fill_null(pc.binary_length(array), 0).to_numpy() for array in arrays])
    _check_size(int(lengths[order[order >= 0]].sum(dtype=np.int64)))
    return pa.concat_arrays(arrays).take(pa.array(order, mask=order < 0))


def _owners(offsets: _Codes, codes: _Codes, by_key: npt.NDArray[Any] | None) -> _Positions:
    _check_offsets(offsets, len(codes))
    if by_key is not None:
        _check_codes(codes, len(by_key))
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _ascend(places: npt.NDArray[Any], below: int) -> bool:
    return not len(places) or bool(places[0] >= 0 and places[-1] < below and (places[1:] > places[:-1]).all())


def _check_offsets(offsets: _Codes, entries: int) -> None:
    fits = len(offsets) and offsets[0] == 0 and offsets[-1] == entries and (offsets[1:] >= offsets[:-1]).all()
    check(fits, "the offsets of lists do not ascend from 0 to the count of their entries")


def _check_codes(codes: _Codes, keys: int) -> None:
    check((codes >= 0).all() and (codes < keys).all(), "a code is beyond the keys")


def _check_size(size: int) -> None:
    if size > _MOST:
        raise TooLargeError("a column of text would be over 2 GiB: send smaller requests")

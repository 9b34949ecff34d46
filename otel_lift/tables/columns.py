"""Batch columns to ClickHouse columns: identifiers as hexadecimal text, attributes as maps, child rows as lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import INTERNED, Attributes

__all__ = ["MAP", "Addition", "compact", "hexadecimal", "lists", "no_children", "sorted_map", "timestamps"]

MAP = pa.map_(INTERNED, pa.string())
"""`Map(LowCardinality(String), String)` as Arrow."""

_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)


def hexadecimal(ids: Any) -> Any:
    """Lower-case hexadecimal text of a fixed-size binary column; null becomes empty text."""
    width = ids.type.byte_width
    rows = len(ids)
    raw = np.frombuffer(ids.buffers()[1], np.uint8, rows * width, ids.offset * width).reshape(rows, width)
    if ids.null_count:
        valid = ids.is_valid().to_numpy(zero_copy_only=False)
        raw = raw[valid]
        offsets = np.zeros(rows + 1, np.int32)
        np.cumsum(np.where(valid, 2 * width, 0), out=offsets[1:])
    else:
        offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(2 * width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(_HEX.take(raw)))


@dataclass(frozen=True, slots=True)
class Addition:
    """An attribute to add to some rows: `rows` int32 of shape (k,), distinct; `values` an Arrow string array of k."""

    key: str
    rows: npt.NDArray[np.int32]
    values: Any


def sorted_map(attributes: Attributes, additions: Sequence[Addition] = ()) -> Any:
    """Attributes as a `MAP` column: keys ascending in each row, and of equal keys the first one sent.

    ClickHouse keeps duplicate keys and answers the first; sorted keys compress better. An addition comes before what
    was sent, so that a client cannot speak in the gateway's name.
    """
    keys, owners, codes, values = attributes.keys, attributes.owners, attributes.codes, attributes.values
    added = [addition for addition in additions if len(addition.rows)]
    if added:
        names = pa.array([addition.key for addition in added], pa.string())
        spread = np.repeat(np.arange(len(added), dtype=np.int32), [len(addition.rows) for addition in added])
        distinct = pa.concat_arrays([names, keys]).unique()
        remap = pc.index_in(keys, distinct).to_numpy(zero_copy_only=False).astype(np.int32)
        keys, codes = distinct, np.concatenate([spread, remap[codes]])
        owners = np.concatenate([*(addition.rows for addition in added), owners])
        values = pa.concat_arrays([*(addition.values for addition in added), values])
    offsets = attributes.offsets
    rank = _ranks(keys).take(codes)
    if added or not ((rank[1:] > rank[:-1]) | (owners[1:] != owners[:-1])).all():
        order = _order(owners, rank, len(keys))
        codes, values = codes.take(order), values.take(pa.array(order))
        offsets = np.zeros(len(attributes) + 1, np.int32)
        np.cumsum(np.bincount(owners.take(order), minlength=len(attributes)), out=offsets[1:])
    return pa.MapArray.from_arrays(pa.array(offsets), _dictionary(codes, keys), values)


def compact(column: Any) -> Any:
    """Answer an `INTERNED` column without the dictionary's unused values, nulls as empty text.

    A dictionary outlives the rows that were dropped: what they said must not reach the disk with it.
    """
    if column.null_count:
        return column.cast(pa.string()).fill_null("").dictionary_encode()
    return _dictionary(column.indices.to_numpy(), column.dictionary)


def _dictionary(codes: npt.NDArray[np.int32], values: Any) -> Any:
    used = np.zeros(len(values), np.bool_)
    used[codes] = True
    if not used.all():
        codes = (np.cumsum(used, dtype=np.int32) - np.int32(1)).take(codes)
        values = values.filter(pa.array(used))
    return pa.DictionaryArray.from_arrays(pa.array(codes), values, safe=False)


def _order(owners: npt.NDArray[np.int32], rank: npt.NDArray[np.int32], keys: int) -> npt.NDArray[np.int64]:
    """Places of the entries by row, rank of the key and place, less those that repeat a key of their row.

    One 64-bit number an entry holds the three, so that a plain sort of numbers (vectorised in numpy) does the work.
    """
    place_bits = len(owners).bit_length()
    rank_bits = keys.bit_length()
    packed = owners.astype(np.int64) << (rank_bits + place_bits)
    packed |= rank.astype(np.int64) << place_bits
    packed |= np.arange(len(owners))
    packed.sort()
    first = np.ones(len(packed), np.bool_)
    group = packed >> place_bits
    np.not_equal(group[1:], group[:-1], out=first[1:])
    if not first.all():
        packed = packed[first]
    order: npt.NDArray[np.int64] = packed & ((1 << place_bits) - 1)
    return order


def _ranks(keys: Any) -> npt.NDArray[np.int32]:
    ranks = np.empty(len(keys), np.int32)
    ranks[pc.sort_indices(keys).to_numpy()] = np.arange(len(keys), dtype=np.int32)
    return ranks


def lists(parents: npt.NDArray[np.int32], rows: int, child: Any) -> Any:
    """Child rows, ascending by parent, as one list a parent row."""
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(parents, minlength=rows), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), child)


def no_children(rows: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the columns of children for `rows` parents that have none; `fields` are such columns without a row."""
    offsets = pa.array(np.zeros(rows + 1, np.int32))
    return {name: pa.ListArray.from_arrays(offsets, empty) for name, empty in fields.items()}


def timestamps(nanoseconds: npt.NDArray[np.uint64]) -> Any:
    """Unix nanoseconds as `timestamp('ns')`, which ClickHouse reads as DateTime64(9) without saturating."""
    return pa.array(nanoseconds.astype(np.int64)).view(pa.timestamp("ns"))

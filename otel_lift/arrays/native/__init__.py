"""The compiled twin of `otel_lift.arrays.pure`."""

from otel_lift.arrays.native.entries import (
    filter_entries,
    first,
    firsts,
    marks_of,
    outside,
    renumber,
    sorted_entries,
    take_lists,
    wanted,
)
from otel_lift.arrays.native.places import Places
from otel_lift.arrays.native.ranks import ranks
from otel_lift.arrays.native.texts import fixed_texts, gather, hexadecimal, numbers, put

__all__ = [
    "Places",
    "filter_entries",
    "first",
    "firsts",
    "fixed_texts",
    "gather",
    "hexadecimal",
    "marks_of",
    "numbers",
    "outside",
    "put",
    "ranks",
    "renumber",
    "sorted_entries",
    "take_lists",
    "wanted",
]

"""The compiled twin of `otel_lift.arrays.pure`."""

from otel_lift.arrays.native.columns import codes_or_less, valid
from otel_lift.arrays.native.entries import (
    filter_entries,
    first,
    first_of,
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
from otel_lift.arrays.native.texts import fixed_texts, gather, hexadecimal, numbers, put, put_fixed, repeat

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

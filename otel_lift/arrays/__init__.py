"""Operations on columns that Arrow lacks or does slowly; `otel_lift.arrays.pure` describes them.

The functions here are those of the implementation that runs (see `otel_lift.implementations`).
"""

from typing import TYPE_CHECKING

from otel_lift.implementations import choose

if TYPE_CHECKING:
    import otel_lift.arrays.pure as _chosen
else:
    _chosen = choose(__name__)

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

Places = _chosen.Places
codes_or_less = _chosen.codes_or_less
filter_entries = _chosen.filter_entries
first = _chosen.first
first_of = _chosen.first_of
firsts = _chosen.firsts
fixed_texts = _chosen.fixed_texts
gather = _chosen.gather
hexadecimal = _chosen.hexadecimal
marks_of = _chosen.marks_of
numbers = _chosen.numbers
outside = _chosen.outside
put = _chosen.put
put_fixed = _chosen.put_fixed
ranks = _chosen.ranks
renumber = _chosen.renumber
repeat = _chosen.repeat
sorted_entries = _chosen.sorted_entries
take_lists = _chosen.take_lists
valid = _chosen.valid
wanted = _chosen.wanted

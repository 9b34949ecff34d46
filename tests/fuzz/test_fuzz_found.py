"""What the fuzz driver found that no case file can say: their targets draw arguments from a seed."""

from types import ModuleType

import numpy as np
import pytest

from otel_lift.implementations import implementations

_ARRAYS = implementations("otel_lift.arrays")


@pytest.mark.parametrize("twin", list(_ARRAYS.values()), ids=list(_ARRAYS))
def test_every_negative_row_of_a_table_is_null(twin: ModuleType) -> None:
    """Not only -1 but any negative row, also one that numpy would count from the end or refuse, has no text."""
    table = np.array([b"ab", b"cd"], "S2")

    texts = twin.fixed_texts(table, np.array([-3, 1, -1, -(2**31)], np.int64))

    assert texts.to_pylist() == [None, "cd", None, None]


@pytest.mark.parametrize("twin", list(_ARRAYS.values()), ids=list(_ARRAYS))
def test_a_key_without_rank_is_first_in_no_group(twin: ModuleType) -> None:
    """An entry whose key has a group but a negative rank is passed over; one rank too many is refused."""
    offsets, codes, slots = (np.array(numbers, np.int32) for numbers in ([0, 2], [0, 1], [0, 0]))

    assert twin.firsts(offsets, codes, slots, np.array([-1, 3], np.int32), 1).tolist() == [[1]]
    with pytest.raises(ValueError, match="one rank for each key"):
        twin.firsts(offsets, codes, slots, np.array([1, 3, 5], np.int32), 1)

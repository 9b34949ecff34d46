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

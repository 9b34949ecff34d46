from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["find"]

def find(
    values: Any, types: npt.NDArray[np.uint8] | None, spared: npt.NDArray[np.bool_] | None, wanted: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint32]] | None: ...

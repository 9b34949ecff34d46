from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Suspects"]

class Suspects:
    def __init__(self, wanted: int, depth: int) -> None: ...
    def learn(self, names: Iterable[str]) -> None: ...
    def find(
        self, values: Any, types: npt.NDArray[np.uint8] | None, spared: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]] | None: ...

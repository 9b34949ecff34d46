# pyarrow ships no types, and pyright cannot see the functions that it makes at run time.
from typing import Any

def __getattr__(name: str) -> Any: ...

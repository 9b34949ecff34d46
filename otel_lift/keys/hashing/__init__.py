"""Keyed hashes of whole columns; `otel_lift.keys.hashing.pure` describes them.

What is here is of the implementation that runs (see `otel_lift.implementations`).
"""

from typing import TYPE_CHECKING

from otel_lift.implementations import choose

if TYPE_CHECKING:
    import otel_lift.keys.hashing.pure as _chosen
else:
    _chosen = choose(__name__)

__all__ = ["KeyedHash"]

KeyedHash = _chosen.KeyedHash

"""Keyed hashes with the standard library."""

import hmac
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["KeyedHash"]

_HEX_DIGITS = 32


class KeyedHash:
    """HMAC-SHA-256 (RFC 2104) under one key, of a prefix and a text: the first 128 bits as 32 hex digits."""

    def __init__(self, key: bytes, prefix: bytes = b"") -> None:
        # a keyed state that is copied costs half of a one-shot HMAC, which sets the key up each time
        self._state = hmac.new(key, prefix, "sha256")

    def of(self, texts: Any) -> npt.NDArray[np.bytes_]:
        """Answer the hashes of a string array, in UTF-8, as an array of 32-byte texts; a null is hashed as empty."""
        return np.array([self._hash((text or "").encode()) for text in texts.to_pylist()], f"S{_HEX_DIGITS}")

    def _hash(self, text: bytes) -> str:
        state = self._state.copy()
        state.update(text)
        return state.hexdigest()[:_HEX_DIGITS]

"""What relates pseudonyms of one person, of use only to who has the epoch's key.

Both are HMAC-SHA-256 (RFC 2104) under that key, of 128 bits, with a word and a zero byte before the text, so that they
are no subject's pseudonym:

- the tag of a person, ``HMAC(key, "tag" 0 person)``, finds the subject of a person that is known;
- the link of a subject, ``HMAC(key, "link" 0 subject) XOR person``, gives the person of a subject. A subject has one
  person, so each pad covers one text.

Neither can be made or read without the key, so an epoch whose key is destroyed cannot be related to any other.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.keys.hashing import KeyedHash
from otel_lift.keys.ring import TAG, Hashes, Key

__all__ = ["Relations"]

_WIDTH = 32
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_VALUES = np.full(256, 0, np.uint8)
_VALUES[_DIGITS] = np.arange(16)


class Relations:
    """The tags and links of one epoch; columns are Arrow string arrays of pseudonyms, 32 hex digits each."""

    def __init__(self, key: Key) -> None:
        """Take the epoch's key."""
        self._tags = KeyedHash(key.secret, TAG)
        self._pads = KeyedHash(key.secret, b"link\0")

    def tags(self, persons: Any) -> Hashes:
        """Answer the tag of each person."""
        return self._tags.of(persons)

    def links(self, subjects: Any, persons: Any) -> Hashes:
        """Answer the link of each subject to its person."""
        return _exclusive_or(self._pads.of(subjects), _hashes(persons))

    def persons(self, subjects: Any, links: Any) -> Hashes:
        """Answer the person of each subject, from its link."""
        return _exclusive_or(self._pads.of(subjects), _hashes(links))


def _hashes(texts: Any) -> Hashes:
    return np.array(texts.to_pylist(), f"S{_WIDTH}") if len(texts) else np.zeros(0, f"S{_WIDTH}")


def _exclusive_or(left: Hashes, right: Hashes) -> Hashes:
    values = _values(left) ^ _values(right)
    digits: Hashes = _DIGITS[values].reshape(-1).view(f"S{_WIDTH}")
    return digits


def _values(hashes: Hashes) -> npt.NDArray[np.uint8]:
    return _VALUES[np.ascontiguousarray(hashes).view(np.uint8).reshape(len(hashes), _WIDTH)]

"""The fingerprint of an error: a hash of what makes two errors the same one."""

import hashlib
from collections import OrderedDict

__all__ = ["FINGERPRINT_VERSION", "SEPARATOR", "Fingerprints"]

FINGERPRINT_VERSION = 1
"""Goes into every fingerprint: a change of the rules that changes fingerprints must raise it."""

SEPARATOR = "\x1f"
"""Stands between the parts of a fingerprint's source."""

_CACHED = 8192
_CACHED_LENGTH = 2048  # characters; a longer source is hashed each time, so that no client can fill the memory


class Fingerprints:
    """SHA-256 in hex of distinct sources, remembered for those seen last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, source: str) -> str:
        """Answer the fingerprint, 64 hex digits, of parts joined by `SEPARATOR`."""
        known = self._known.get(source)
        if known is None:
            text = f"{FINGERPRINT_VERSION}{SEPARATOR}{source}"
            known = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            if len(source) <= _CACHED_LENGTH:
                self._known[source] = known
            if len(self._known) > _CACHED:
                self._known.popitem(last=False)
        return known

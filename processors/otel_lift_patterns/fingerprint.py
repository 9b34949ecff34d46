"""The fingerprint of an error: a hash of what makes two errors the same one."""

import hashlib

__all__ = ["FINGERPRINT_VERSION", "SEPARATOR", "fingerprint"]

FINGERPRINT_VERSION = 1
"""Goes into every fingerprint: a change of the rules that changes fingerprints must raise it."""

SEPARATOR = "\x1f"
"""Stands between the parts of a fingerprint's source."""


def fingerprint(*parts: str) -> str:
    """Answer the SHA-256 of parts, as 64 hex digits."""
    source = SEPARATOR.join((str(FINGERPRINT_VERSION), *parts))
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()

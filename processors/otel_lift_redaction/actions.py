"""What is done to what was found: masked, hashed, truncated, put in a bucket or dropped."""

import hashlib
import hmac
import ipaddress
import secrets
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from otel_lift.errors import ConfigError
from otel_lift.private_files import make_once

__all__ = ["Hasher", "bucket", "placeholder", "truncate", "truncate_address"]

_KEY_FILE = "redaction.key"
_KEY_BYTES = 32


class Hasher:
    """Keyed hashes: equal values stay equal, and nobody without the key can find a value by trying all."""

    def __init__(self, key: bytes) -> None:
        """Keep the key, of any length."""
        self._key = key

    @classmethod
    def from_folder(cls, data: Path) -> "Hasher":
        """Read the gateway's own key in the data folder, or make it, readable for its owner alone; ConfigError."""
        path = data / _KEY_FILE
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                make_once(path, secrets.token_bytes(_KEY_BYTES))
            key = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"the key for hashes, {path}, cannot be read or made ({error.strerror}): "
                "correct the folder's owner, or set `hash_key` of the redaction processor"
            ) from error
        if len(key) < _KEY_BYTES:
            raise ConfigError(f"the key for hashes, {path}, has fewer than {_KEY_BYTES} bytes: restore it or remove it")
        return cls(key)

    def digest(self, text: str) -> str:
        """HMAC-SHA-256 (RFC 2104) of the text in UTF-8, its first 64 bits as 16 hex digits."""
        return hmac.new(self._key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:16]


def placeholder(rule: str) -> str:
    """Answer what stands in place of a masked text; safe inside JSON and XML."""
    return f"[{rule}]"


def truncate(text: str, length: int) -> str:
    """Answer the first `length` characters."""
    return text[:length]


def truncate_address(text: str) -> str:
    """Answer the network of an IP address: /24 of IPv4, also where mapped into IPv6, and /48 of IPv6."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"::ffff:{truncate_address(str(address.ipv4_mapped))}"
        return str(ipaddress.IPv6Address(int(address) >> 80 << 80))
    return str(ipaddress.IPv4Address(int(address) >> 8 << 8))


def bucket(text: str, bounds: Sequence[float], rule: str) -> str:
    """Answer the greatest of the ascending `bounds` that is not above the number, else the least.

    A text that is no number becomes the rule's placeholder.
    """
    try:
        number = float(text)
    except ValueError:
        return placeholder(rule)
    if number != number:  # noqa: PLR0124 - not a number is the one value unlike itself
        return placeholder(rule)
    bound = bounds[max(bisect_right(bounds, number) - 1, 0)]
    return str(int(bound)) if float(bound).is_integer() else repr(float(bound))

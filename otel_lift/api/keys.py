"""The keys that an issuer publishes (JWKS, RFC 7517): kept, and read again when it has changed them."""

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt

from otel_lift.api.config import AuthConfig

__all__ = ["IssuerKeys"]

logger = logging.getLogger(__name__)

_FRESH = 300.0  # seconds after which keys are read again, so that one that was withdrawn is no longer believed
_PAUSE = 10.0  # seconds between two readings, whatever tokens name
_TIMEOUT = 5.0
_LARGEST = 1 << 20
_KINDS = frozenset({"RSA", "EC", "OKP"})


class IssuerKeys:
    """Public keys by their id, of a URL or a file; any thread may ask."""

    def __init__(self, config: AuthConfig, clock: Callable[[], float] = time.monotonic) -> None:
        """Read nothing yet; `clock` answers seconds."""
        self._url, self._file = config.jwks_url, config.jwks_file
        self._clock = clock
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._read_at = -_FRESH
        self._tried_at = -_FRESH
        self._lock = threading.Lock()

    def known(self, name: str | None) -> jwt.PyJWK | None:
        """Answer a key without waiting, None if it must be looked for."""
        return self._keys.get(name) if self._clock() - self._read_at < _FRESH else None

    def find(self, name: str | None) -> jwt.PyJWK | None:
        """Answer a key, read anew if it is unknown or old; at most one reading in a few seconds, whoever asks.

        Keys that cannot be read anew stay as they were.
        """
        with self._lock:
            found = self.known(name)
            if found is None and self._clock() - self._tried_at >= _PAUSE:
                self._tried_at = self._clock()
                self._read()
            return found or self._keys.get(name)

    def _read(self) -> None:
        try:
            published = json.loads(self._text())
            keys = [_key(one) for one in published["keys"] if isinstance(one, dict)]
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("the issuer's keys cannot be read (%s); tokens are judged by those known", error)
            return
        usable = [key for key in keys if key is not None]
        by_name: dict[str | None, jwt.PyJWK] = {key.key_id: key for key in usable if key.key_id}
        if len(usable) == 1:
            # A token may leave out the id where there is no choice.
            by_name[None] = usable[0]
        self._keys, self._read_at = by_name, self._clock()

    def _text(self) -> bytes:
        if self._file is not None:
            return Path(self._file).read_bytes()[:_LARGEST]
        request = urllib.request.Request(str(self._url), headers={"Accept": "application/json"})  # noqa: S310 - checked with the configuration
        with _opener.open(request, timeout=_TIMEOUT) as answer:
            return bytes(answer.read(_LARGEST))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keys come from where the configuration says, not from where that points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _key(one: Mapping[str, Any]) -> jwt.PyJWK | None:
    if one.get("kty") not in _KINDS or one.get("use", "sig") != "sig":
        return None
    try:
        return jwt.PyJWK.from_dict(dict(one))
    except jwt.PyJWTError:
        return None

"""Quarantine: requests that a processor failed on, encrypted until a person looks (privacy.md, "Redaction")."""

import secrets
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from otel_lift.batch import Signal
from otel_lift.errors import BackpressureError
from otel_lift.private_files import make_once, write_new

__all__ = ["Quarantine"]

_NONCE_BYTES = 12


class Quarantine:
    """A folder of refused request bodies, each sealed with AES-256-GCM; the file name is authenticated with it.

    The key is made once, beside them, with mode 0600. At most `max_bytes` are kept: past that, requests are refused
    again, so that nothing is lost in silence.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def put(self, signal: Signal, payload: bytes) -> Path:
        """Write one request body, synced to disk; raises `BackpressureError` if the quarantine is full."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = sum(entry.stat().st_size for entry in self._folder.glob("*.otlp"))
        if kept + len(payload) > self._max_bytes:
            raise BackpressureError(
                f"the quarantine is full ({kept} of {self._max_bytes} bytes): mend the processor, then clear "
                f"'{self._folder.name}'",
                retry_after=30,
            )
        name = f"{signal}-{time.time_ns():020d}-{secrets.token_hex(4)}.otlp"
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(self._key()).encrypt(nonce, payload, name.encode())
        path = self._folder / name
        write_new(path, sealed)
        return path

    def get(self, path: Path) -> bytes:
        """Answer the request body of a file; raises `cryptography.exceptions.InvalidTag` if it was changed."""
        sealed = path.read_bytes()
        return AESGCM(self._key()).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], path.name.encode())

    def _key(self) -> bytes:
        path = self._folder / "key"
        if not path.exists():
            make_once(path, secrets.token_bytes(32))
        return path.read_bytes()

"""Receipts of erasures: signed, chained by hash, and checkable by anybody who has the public key.

A receipt is one JSON object in canonical form: UTF-8, keys sorted, no white space, whole numbers only (a subset of
RFC 8785). A line of the file is ``{"receipt":<it>,"signature":"<base64>"}`` in the same form; the signature is Ed25519
(RFC 8032) over the receipt's bytes. `number` counts from 1, and `previous` is the SHA-256 of the line before, in hex,
empty for the first.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from otel_lift.errors import ConfigError
from otel_lift.private_files import make_once
from otel_lift.rights.state import folder_of

__all__ = ["Receipt", "Receipts", "canonical", "check_lines", "line_hash", "public_key"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt with the line that holds it and the line's hash."""

    content: Mapping[str, Any]
    line: bytes
    hash: str


class Receipts:
    """The receipts of a data folder, in ``rights/receipts.log``, and the key that signs them.

    The key is made once, in ``rights/signing.key`` with mode 0600; whoever has one of their own puts it there before
    the first erasure (PKCS #8 in PEM). The public one lies beside it.
    """

    def __init__(self, data: Path) -> None:
        """Name the data folder; raises OSError if it cannot be written."""
        folder = folder_of(data)
        self._path = folder / "receipts.log"
        self._private = folder / "signing.key"
        self._public = folder / "signing.pub"

    def add(self, content: Mapping[str, Any]) -> Receipt:
        """Give a receipt its number, chain and sign it; on disk when this returns. Raises ConfigError, OSError."""
        key = self._key()
        with _appending(self._path) as (handle, lines):
            numbered = {
                **content,
                "number": len(lines) + 1,
                "previous": line_hash(lines[-1]) if lines else "",
            }
            signature = base64.b64encode(key.sign(canonical(numbered))).decode()
            line = canonical({"receipt": numbered, "signature": signature})
            _write_all(handle, line + b"\n")
            os.fsync(handle)
        return Receipt(numbered, line, line_hash(line))

    def lines(self) -> list[bytes]:
        """Answer the lines, oldest first; what a crash cut short was never confirmed."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        return content[: content.rfind(b"\n") + 1].splitlines()

    def public_key(self) -> bytes:
        """Answer the public key in PEM, made first where there is none. Raises ConfigError, OSError."""
        pem = (
            self._key()
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        make_once(self._public, pem)
        return pem

    def _key(self) -> Ed25519PrivateKey:
        if not self._private.exists():
            make_once(
                self._private,
                Ed25519PrivateKey.generate().private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                ),
            )
        try:
            key = serialization.load_pem_private_key(self._private.read_bytes(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            # no `from`: the foreign error can carry the key
            raise ConfigError(f"{self._private} is no Ed25519 key in PKCS #8 and PEM without a password; put one there")
        return key


def canonical(value: Mapping[str, Any]) -> bytes:
    """Answer the bytes that are signed and hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def line_hash(line: bytes) -> str:
    """Answer the SHA-256 of a line in hex."""
    return hashlib.sha256(line).hexdigest()


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Read a public key; raises ConfigError."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError("the public key cannot be read; give the PEM file that lies beside the receipts") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("the public key is not one of Ed25519; give the PEM file that lies beside the receipts")
    return key


def check_lines(lines: Sequence[bytes], key: Ed25519PublicKey, known: Mapping[int, str] | None = None) -> list[str]:
    """Answer what is wrong with a chain of receipts, in words; nothing if it is whole.

    `known` are hashes of lines by number from elsewhere, such as the audit log: without them a chain whose end was cut
    off is whole.
    """
    wrong, previous = [], ""
    seen: set[int] = set()
    for place, line in enumerate(lines, 1):
        parsed = _parsed(line)
        if parsed is None:
            wrong.append(f"line {place} is no receipt as it was written")
            previous = line_hash(line)
            continue
        receipt, signature = parsed
        number = receipt["number"]
        try:
            key.verify(signature, canonical(receipt))
        except InvalidSignature:
            wrong.append(f"receipt {number} was changed, or signed with another key")
        if number != place:
            wrong.append(f"receipt {number} stands where receipt {place} should: one was removed, added or moved")
        if receipt.get("previous") != previous:
            wrong.append(f"receipt {number} does not follow the one before it")
        if (known or {}).get(number, line_hash(line)) != line_hash(line):
            wrong.append(f"receipt {number} is not the one that the audit log knows")
        seen.add(number)
        previous = line_hash(line)
    wrong += [f"receipt {number} is missing" for number in sorted(set(known or {}) - seen)]
    return wrong


def _parsed(line: bytes) -> tuple[dict[str, Any], bytes] | None:
    """Answer the receipt and the signature of a line; None if it is not in the form of one."""
    try:
        entry = json.loads(line)
        receipt, signature = entry["receipt"], base64.b64decode(entry["signature"], validate=True)
        written = canonical(entry) == line and type(receipt["number"]) is int
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return (receipt, signature) if written else None


@contextmanager
def _appending(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Hold the file alone, with its lines; a line that a crash cut short goes."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(handle, whole)
        yield handle, content[:whole].splitlines()
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]

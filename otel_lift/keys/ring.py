"""`KeyRing`: the secrets that make pseudonyms, and the pseudonyms that they make."""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.errors import ConfigError
from otel_lift.keys.hashing import KeyedHash
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["LEDGER", "TAG", "Hashes", "Key", "KeyRing", "key_line", "ledger_line", "normalise"]

LEDGER = "ledger"
"""The reserved id of the stable key under which consent is kept."""

Hashes = npt.NDArray[np.bytes_]
"""Pseudonyms as 32-byte texts."""

TAG = b"tag\0"
"""What stands before a person in the hash that is their tag."""

_SECRET_BYTES = 32
_DISTINCT_BYTES = 8
_HEX_DIGITS = 32
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def normalise(raw: str) -> str:
    """Bring the spellings of one id together: white space around it goes, and an e-mail address is lower case."""
    text = raw.strip()
    return text.lower() if "@" in text else text


def key_line(key_id: str, created: date) -> str:
    """Write the line of a new random key."""
    return f"{key_id}: {secrets.token_hex(_SECRET_BYTES)}, {created.isoformat()}\n"


def ledger_line() -> str:
    """Write the line of a new random ledger key."""
    return f"{LEDGER}: {secrets.token_hex(_SECRET_BYTES)}\n"


@dataclass(frozen=True, slots=True)
class Key:
    """One epoch's key. `secret` is never shown."""

    id: str
    secret: bytes = field(repr=False)
    created: date


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of all epochs that are still remembered, oldest first, and the stable ledger key.

    The newest key makes the pseudonyms of new rows; the others only find older rows again. A pseudonym is
    HMAC-SHA-256 (RFC 2104) of the normalised text in UTF-8, its first 128 bits as 32 hex digits. Sessions and addresses
    put ``session`` or ``address`` and a zero byte before the text, so that equal texts of different kinds stay apart;
    all tenants but the default one do so with their name, since the same id is another person there.
    """

    keys: tuple[Key, ...]
    ledger: bytes = field(repr=False)
    _keyed: Mapping[str, KeyedHash] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keyed = {
            "subject": KeyedHash(self.current.secret),
            "person": KeyedHash(self.ledger),
            "session": KeyedHash(self.current.secret, b"session\0"),
            "address": KeyedHash(self.current.secret, b"address\0"),
        }
        object.__setattr__(self, "_keyed", MappingProxyType(keyed))

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """Read keys from text, one a line (or separated by ``;``); blank lines and lines from ``#`` are skipped.

        ``<id>: <secret>, <created>`` is a key: the secret in hex or base64, at least 32 random bytes; the date as
        ``2026-11-21``. ``ledger: <secret>`` is the stable key. `where` names the source in errors; no error shows a
        secret. Raises ConfigError.
        """
        keys: list[Key] = []
        ledger: bytes | None = None
        for place, entry in _entries(text, where):
            key_id, colon, rest = (part.strip() for part in entry.partition(":"))
            if not colon or not _ID.fullmatch(key_id):
                raise ConfigError(f"{place}: write `<id>: <secret>, <created>`; an id has letters, digits and . _ -")
            secret, _, created = (part.strip() for part in rest.partition(","))
            if key_id == LEDGER:
                ledger = _secret(secret, place)
            elif key_id in {key.id for key in keys}:
                raise ConfigError(f"{place}: the id `{key_id}` is taken by an earlier line; each key has its own")
            else:
                keys.append(Key(key_id, _secret(secret, place), _date(created, place)))
        if not keys:
            raise ConfigError(f"{where}: no key; add a line such as `<id>: <64 hex digits>, 2026-11-21`")
        if ledger is None:
            raise ConfigError(f"{where}: no ledger key; add a line `{LEDGER}: <64 hex digits>`, and never change it")
        if ledger in {key.secret for key in keys}:
            raise ConfigError(f"{where}: the ledger key must differ from all others")
        return cls(tuple(sorted(keys, key=lambda key: key.created)), ledger)

    @property
    def current(self) -> Key:
        """The key that makes new pseudonyms: the one of the latest date, of equal dates the last."""
        return self.keys[-1]

    def subject(self, raw: str, tenant: str = DEFAULT_TENANT) -> str:
        """Answer the subject that stands for `raw` in new rows."""
        return self._hash("subject", normalise(raw), tenant)

    def person(self, raw: str, tenant: str = DEFAULT_TENANT) -> str:
        """Answer the stable pseudonym of `raw` under the ledger key; never stored with telemetry."""
        return self._hash("person", normalise(raw), tenant)

    def session(self, raw: str, tenant: str = DEFAULT_TENANT) -> str:
        """Answer the pseudonym of a session id, equal within an epoch."""
        return self._hash("session", raw.strip(), tenant)

    def address(self, raw: str, tenant: str = DEFAULT_TENANT) -> str:
        """Answer the pseudonym of a network address, equal within an epoch."""
        return self._hash("address", raw.strip().lower(), tenant)

    def people(self, raws: Sequence[str], tenant: str = DEFAULT_TENANT) -> tuple[Hashes, ...]:
        """Answer the subjects and the persons of many texts, empty where one names nobody."""
        return self._hashes(("subject", "person"), [normalise(raw) for raw in raws], tenant)

    def sessions(self, raws: Sequence[str], tenant: str = DEFAULT_TENANT) -> tuple[Hashes, ...]:
        """Answer the pseudonyms of many session ids, empty where one is empty."""
        return self._hashes(("session",), [raw.strip() for raw in raws], tenant)

    def addresses(self, raws: Sequence[str], tenant: str = DEFAULT_TENANT) -> tuple[Hashes, ...]:
        """Answer the pseudonyms of many network addresses, empty where one is empty."""
        return self._hashes(("address",), [raw.strip().lower() for raw in raws], tenant)

    def pseudonyms(self, raw: str, tenant: str = DEFAULT_TENANT) -> dict[str, str]:
        """Answer the subject of `raw` under every remembered key, by key id, oldest first: to find all rows of it."""
        text = _named(normalise(raw), tenant).encode()
        return {key.id: hmac.digest(key.secret, text, "sha256").hex()[:_HEX_DIGITS] for key in self.keys}

    def tags(self, person: str) -> dict[str, str]:
        """Answer the tag of a person under every remembered key, by key id: it finds their subjects (`Relations`)."""
        text = pa.array([person], pa.string())
        return {key.id: KeyedHash(key.secret, TAG).of(text)[0].decode() for key in self.keys}

    def _hash(self, kind: str, name: str, tenant: str) -> str:
        (made,) = self._keyed[kind].of(pa.array([_named(name, tenant)], pa.string())).tolist()
        return str(made.decode())

    def _hashes(self, kinds: Sequence[str], names: Sequence[str], tenant: str) -> tuple[Hashes, ...]:
        texts = pa.array([_named(name, tenant) for name in names], pa.string())
        made = tuple(self._keyed[kind].of(texts) for kind in kinds)
        nobody = [place for place, name in enumerate(names) if not name]
        for hashes in made:
            hashes[nobody] = b""
        return made


def _named(text: str, tenant: str) -> str:
    # A client's own zero bytes go: with them an id could pass for a session's, or for one of another tenant.
    plain = text.replace("\0", "")
    return plain if tenant == DEFAULT_TENANT else f"{tenant}\0{plain}"


def _entries(text: str, where: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("#"):
            yield from ((f"{where}, line {number}", entry) for entry in line.split(";") if entry.strip())


def _secret(text: str, place: str) -> bytes:
    if _HEX.fullmatch(text):
        secret = bytes.fromhex(text)
    else:
        try:
            secret = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            # `from None`: the foreign error's context would carry the text
            raise ConfigError(f"{place}: the secret is neither hex nor base64") from None
    if len(secret) < _SECRET_BYTES or len(set(secret)) < _DISTINCT_BYTES:
        raise ConfigError(
            f"{place}: the secret is too weak; use at least {_SECRET_BYTES} random bytes, e.g. `openssl rand -hex 32`"
        )
    return secret


def _date(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{place}: after the secret write a comma and the day it was made, as 2026-11-21") from None

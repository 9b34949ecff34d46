"""The keys of pseudonyms: a ring of one key an epoch, and the stable key under which consent and erasures are kept."""

from otel_lift.keys.config import KeysConfig
from otel_lift.keys.hashing import KeyedHash
from otel_lift.keys.relations import Relations
from otel_lift.keys.ring import LEDGER, Hashes, Key, KeyRing, normalise
from otel_lift.keys.source import KeySource, create, destroy, own_file, rotate

__all__ = [
    "LEDGER",
    "Hashes",
    "Key",
    "KeyRing",
    "KeySource",
    "KeyedHash",
    "KeysConfig",
    "Relations",
    "create",
    "destroy",
    "normalise",
    "own_file",
    "rotate",
]

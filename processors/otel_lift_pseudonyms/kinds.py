"""Which attributes name whom: the configured ones, and the same as W3C baggage brings them."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from otel_lift_pseudonyms.config import PseudonymsConfig

__all__ = ["Kind", "attributes_by_kind"]


class Kind(IntEnum):
    """What an attribute names."""

    NONE = 0
    SUBJECT = 1
    SESSION = 2
    ADDRESS = 3


def attributes_by_kind(config: PseudonymsConfig) -> Mapping[Kind, tuple[str, ...]]:
    """Answer the attributes of each kind but `NONE`, in the order in which they count; baggage comes last."""
    listed = {Kind.SUBJECT: config.subjects, Kind.SESSION: config.sessions, Kind.ADDRESS: config.addresses}
    taken = {key for keys in listed.values() for key in keys}
    return MappingProxyType(
        {
            kind: (*keys, *(name for name in _in_baggage(config, keys) if name not in taken))
            for kind, keys in listed.items()
        }
    )


def _in_baggage(config: PseudonymsConfig, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}{key}" for prefix in config.baggage_prefixes for key in keys)

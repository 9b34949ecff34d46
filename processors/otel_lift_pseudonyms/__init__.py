"""Pseudonyms in place of people: keyed hashes for subjects, sessions and addresses."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_pseudonyms.config import KeysConfig, PseudonymsConfig
from otel_lift_pseudonyms.examine import examine
from otel_lift_pseudonyms.keys import Key, KeyRing
from otel_lift_pseudonyms.processor import PseudonymsProcessor
from otel_lift_pseudonyms.source import KeySource, create, rotate

__all__ = [
    "COMPONENT",
    "Key",
    "KeyRing",
    "KeySource",
    "KeysConfig",
    "PseudonymsConfig",
    "PseudonymsProcessor",
    "create",
    "rotate",
]

COMPONENT = ProcessorComponent(name="pseudonyms", config=PseudonymsConfig, create=PseudonymsProcessor, examine=examine)

"""Pseudonyms in place of people: keyed hashes for subjects, sessions and addresses."""

from otel_lift.keys import KeySource
from otel_lift.pipeline import ProcessorComponent, Services
from otel_lift_pseudonyms.config import PseudonymsConfig
from otel_lift_pseudonyms.examine import examine
from otel_lift_pseudonyms.processor import PseudonymsProcessor

__all__ = ["COMPONENT", "PseudonymsConfig", "PseudonymsProcessor"]


def _keys(config: PseudonymsConfig, services: Services) -> KeySource:
    return KeySource(config.keys, services.data)


COMPONENT = ProcessorComponent(
    name="pseudonyms", config=PseudonymsConfig, create=PseudonymsProcessor, examine=examine, keys=_keys
)

"""Redaction: personal data and secrets out of every text, by key and by value."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_redaction.config import CustomDetector, DetectorConfig, KeyRule, RedactionConfig
from otel_lift_redaction.positions import GATEWAY_COLUMNS
from otel_lift_redaction.processor import RedactionProcessor

__all__ = [
    "COMPONENT",
    "GATEWAY_COLUMNS",
    "CustomDetector",
    "DetectorConfig",
    "KeyRule",
    "RedactionConfig",
    "RedactionProcessor",
]

COMPONENT = ProcessorComponent(
    name="redaction",
    config=RedactionConfig,
    create=RedactionProcessor,
    after=frozenset({"pseudonyms", "consent", "validation"}),
)

"""Lift events held against the semantic conventions: what is wrong with one is marked, and nothing is dropped."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_validation.config import ValidationConfig
from otel_lift_validation.processor import ValidationProcessor
from otel_lift_validation.rules import Rules

__all__ = ["COMPONENT", "Rules", "ValidationConfig", "ValidationProcessor"]

COMPONENT = ProcessorComponent(
    name="validation",
    config=ValidationConfig,
    create=ValidationProcessor,
    after=frozenset({"pseudonyms", "consent"}),
)

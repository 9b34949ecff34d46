"""Anonymisation: records that consent has marked lose all that could lead to a person."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_anonymise.config import AnonymiseConfig
from otel_lift_anonymise.processor import AnonymiseProcessor

__all__ = ["COMPONENT", "AnonymiseConfig", "AnonymiseProcessor"]

COMPONENT = ProcessorComponent(
    name="anonymise",
    config=AnonymiseConfig,
    create=AnonymiseProcessor,
    after=frozenset({"pseudonyms", "consent", "validation", "redaction", "patterns"}),
)

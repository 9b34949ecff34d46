"""Error patterns: a template and a fingerprint for every error, so that equal failures are counted as one."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_patterns.config import PatternsConfig
from otel_lift_patterns.fingerprint import FINGERPRINT_VERSION
from otel_lift_patterns.processor import PatternsProcessor

__all__ = ["COMPONENT", "FINGERPRINT_VERSION", "PatternsConfig", "PatternsProcessor"]

COMPONENT = ProcessorComponent(
    name="patterns",
    config=PatternsConfig,
    create=PatternsProcessor,
    # A template is made of what these have left: nothing of a person may reach it.
    after=frozenset({"pseudonyms", "consent", "redaction"}),
)

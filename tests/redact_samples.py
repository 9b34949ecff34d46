"""What the tests of `otel-lift redact` share: personal data made up, two configurations, and explanations."""

from pathlib import Path
from typing import Any

from otel_lift_redaction import RedactionConfig, RedactionProcessor
from otel_lift_redaction.explain import Explained, explain
from otel_lift_redaction.summary import Summary
from planted import forms

from otel_lift.batch import Batch

MAIL, KEY_MAIL = "ada.finder@example.com", "key.mail@example.org"
PHONE, IBAN = "+44 20 7946 0958", "DE89370400440532013000"
NEEDLES = {text: forms(text) for text in (MAIL, PHONE, IBAN, KEY_MAIL)}
LIVE: dict[str, Any] = {"detectors": {"phone": {"action": "keep"}}}
CANDIDATE: dict[str, Any] = {
    "detectors": {"email": {"action": "truncate", "length": 0}, "iban": {"action": "keep"}},
    "custom": [{"name": "staff_id", "regex": r"\bE-[0-9]{6}\b", "match": ["by E-004217"]}],
}


def explained(batch: Batch, **config: Any) -> list[Explained]:
    """Answer what a configuration finds in a batch with records."""
    made = RedactionProcessor.only_finding(RedactionConfig.model_validate(config), Path())
    return explain(batch, made.find(batch, Summary(batch, ())))

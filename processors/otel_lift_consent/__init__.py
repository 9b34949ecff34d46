"""Consent: what a person did not agree to is dropped, or marked to be made anonymous."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_consent.config import ActionsConfig, ConsentConfig
from otel_lift_consent.ledger import Ledger, Standing, Update, ledger_path
from otel_lift_consent.processor import ConsentProcessor

__all__ = [
    "COMPONENT",
    "ActionsConfig",
    "ConsentConfig",
    "ConsentProcessor",
    "Ledger",
    "Standing",
    "Update",
    "ledger_path",
]

COMPONENT = ProcessorComponent(
    name="consent",
    config=ConsentConfig,
    create=ConsentProcessor,
    after=frozenset({"pseudonyms"}),
    # The ledger is by person, and what is marked here is stripped there.
    requires=frozenset({"pseudonyms", "anonymise"}),
)

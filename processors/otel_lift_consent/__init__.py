"""Consent: what a person did not agree to is dropped, or marked to be made anonymous."""

from otel_lift.pipeline import ProcessorComponent
from otel_lift_consent.config import ActionsConfig, ConsentConfig
from otel_lift_consent.entries import Answer, Entry, answers, ledger_path
from otel_lift_consent.jobs import jobs
from otel_lift_consent.ledger import Ledger
from otel_lift_consent.operations import operations
from otel_lift_consent.processor import ConsentProcessor
from otel_lift_consent.standings import REMEMBERED

__all__ = [
    "COMPONENT",
    "REMEMBERED",
    "ActionsConfig",
    "Answer",
    "ConsentConfig",
    "ConsentProcessor",
    "Entry",
    "Ledger",
    "answers",
    "ledger_path",
]

COMPONENT = ProcessorComponent(
    name="consent",
    config=ConsentConfig,
    create=ConsentProcessor,
    after=frozenset({"pseudonyms"}),
    # The ledger is by person, and what is marked here is stripped there.
    requires=frozenset({"pseudonyms", "anonymise"}),
    jobs=jobs,
    operations=operations,
)

"""Checks of candidates: which parts of a bounded text that a pattern found are really what they look like.

Each check takes the candidate and answers the spans (start, end) in it to redact. Candidates are maximal runs, so a
check looks inside; each does a bounded amount of work for each character.
"""

from otel_lift_redaction.checks.accounts import IBAN_LENGTHS, ibans, payment_cards
from otel_lift_redaction.checks.people import CHECKSUMS, number_of, us_ssn
from otel_lift_redaction.checks.span import Check, Span
from otel_lift_redaction.checks.sums import NUMBERS, iso7064, luhn, verhoeff
from otel_lift_redaction.checks.texts import (
    basic_credentials,
    no_placeholder,
    random_looking,
    single_address,
    single_mac,
    token_like,
    unlike_a_file,
    unlike_a_word,
)

__all__ = [
    "CHECKSUMS",
    "IBAN_LENGTHS",
    "NUMBERS",
    "Check",
    "Span",
    "basic_credentials",
    "ibans",
    "iso7064",
    "luhn",
    "no_placeholder",
    "number_of",
    "payment_cards",
    "random_looking",
    "single_address",
    "single_mac",
    "token_like",
    "unlike_a_file",
    "unlike_a_word",
    "us_ssn",
    "verhoeff",
]

"""Numbers by which countries know people, in runs of digits with signs between."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from otel_lift_redaction.checks.span import Check, Span
from otel_lift_redaction.checks.sums import NUMBERS, iso7064, luhn, verhoeff

__all__ = ["CHECKSUMS", "number_of", "us_ssn"]

# longer candidates are not looked at further in
_MOST = 64
_DIGITS = re.compile(r"[0-9]+")
_SSN = re.compile(
    r"(?!000|666|9)[0-9]{3}([ -]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9])"  # SSA's rules for areas, groups, serials
)


def us_ssn(candidate: str) -> list[Span]:
    """Find a US social security number at the start: areas 000, 666 and 9xx, group 00 and serial 0000 are none."""
    found = _SSN.match(candidate)
    return [found.span()] if found else []


def number_of(kind: str, length: int) -> Check:
    """Make a check that finds a number of this kind at the start: so many letters and digits."""
    rule = NUMBERS[kind]

    def find(candidate: str) -> list[Span]:
        compact = ""
        for end, character in enumerate(candidate[:_MOST], start=1):
            if character.isascii() and character.isalnum():
                compact += character.upper()
            if len(compact) == length:
                goes_on = candidate[end : end + 1].isdigit()
                return [(0, end)] if not goes_on and rule(compact) else []
        return []

    return find


def _alphanumeric(candidate: str) -> str:
    return "".join(character for character in candidate[:_MOST] if character.isascii() and character.isalnum())


def _luhn_span(candidate: str) -> list[Span]:
    digits = "".join(_DIGITS.findall(candidate[:_MOST]))
    return [(0, len(candidate))] if digits and luhn(digits) else []


def _verhoeff_span(candidate: str) -> list[Span]:
    digits = "".join(_DIGITS.findall(candidate[:_MOST]))
    return [(0, len(candidate))] if digits and verhoeff(digits) else []


def _mod97_span(candidate: str) -> list[Span]:
    text = _alphanumeric(candidate)
    return [(0, len(candidate))] if len(text) > 4 and iso7064(text) else []


def _whole(kind: str) -> Check:
    rule = NUMBERS[kind]
    return lambda candidate: [(0, len(candidate))] if rule(_alphanumeric(candidate).upper()) else []


CHECKSUMS: Mapping[str, Check] = MappingProxyType(
    {
        "luhn": _luhn_span,
        "mod97": _mod97_span,
        "verhoeff": _verhoeff_span,
        **{kind: _whole(kind) for kind in NUMBERS},
    }
)
"""The checks that a user's own detector can ask for; they ignore what is no digit, or no letter or digit."""

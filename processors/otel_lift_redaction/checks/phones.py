"""Telephone numbers: candidates verified against the countries' numbering plans, by the library `phonenumbers`.

The library parses at most 250 characters; a candidate is cut to what a number can have before it sees any of it, and
what it said of a text is remembered.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from otel_lift_redaction.checks.span import Check, Span

__all__ = ["REGIONS", "by_name", "glued_international", "glued_national", "international", "national", "with_zeros"]

REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The regions whose numbering plans are known, as ISO 3166-1 alpha-2 codes."""

_MOST = 48  # characters
_LEAST_DIGITS, _MOST_DIGITS = 7, 15
_LEAST_NATIONAL = 9
_REMEMBERED = 8192
_GROUP = re.compile(r"[0-9]+")
_LETTER = re.compile(r"[A-Za-z]")
_EXTENSION = re.compile(r"(?:[,;]? ?(?i:ext(?:ension|n)?|x)[.:=]? ?|[;,]ext=| ?# ?)[0-9]{1,6}(?![0-9])")
# a day, before or after its month, with a year; or a coordinate
_DAY = re.compile(
    r"[(+]?(?:(?:19|20)[0-9]{2}([ ./-])[01][0-9]\1[0-3][0-9]|[0-3][0-9]([ ./-])[0-3][0-9]\2(?:19|20)[0-9]{2})(?![0-9])"
)
_DECIMAL = re.compile(r"\+[0-9]{1,3}\.[0-9]{1,9}(?![0-9 .()/-]*[0-9])")

# what goes on as a number in hexadecimal does, or as a UUID (RFC 9562)
_HEXADECIMAL = re.compile(r"[A-Fa-f](?![G-Zg-z])|-[0-9A-Fa-f]{4}-[0-9A-Fa-f]")

_POSSIBLE, _VALID, _MOBILE = range(3)


@lru_cache(_REMEMBERED)
def _rank(text: str, region: str | None) -> int:
    """Answer how sure it is that this is a number: -1 for none."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return -1
    if phonenumbers.is_valid_number(number):
        return _MOBILE if phonenumbers.number_type(number) == PhoneNumberType.MOBILE else _VALID
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return _POSSIBLE if possible else -1


def _ends(candidate: str, least: int) -> list[int]:
    """Answer where a number of the candidate's first groups of digits, `least` and more, can end, the longest first."""
    ends, digits, end = [], 0, 0
    for group in _GROUP.finditer(candidate[: _MOST + 1]):
        # the library reads letters as the keys that they stand on
        if _LETTER.search(candidate, end, group.start()):
            break
        digits, end = digits + len(group[0]), group.end()
        if digits > _MOST_DIGITS or group.end() > _MOST:
            break
        if digits >= least:
            ends.append(group.end())
    return ends[::-1]


def _find(
    candidate: str, texts: Sequence[tuple[str, str | None]], wanted: int, least: int = _LEAST_DIGITS
) -> list[Span]:
    """Find the longest number at the start; `texts` are what is put before it, and its region."""
    for end in _ends(candidate, least):
        for before, region in texts:
            if _rank(before + candidate[:end], region) >= wanted:
                extension = _EXTENSION.match(candidate, end)
                return [(0, extension.end() if extension else end)]
    return []


def international(candidate: str) -> list[Span]:
    """Find a number that begins with a plus and a country, of a length that the country has."""
    if _DAY.match(candidate):
        return []
    # what a space and a minus stand before is another number, as in `+812 -3402 lines`
    candidate = candidate.partition(" -")[0]
    return _find(candidate, [("", None)], _VALID if _DECIMAL.match(candidate) else _POSSIBLE)


def glued_international(candidate: str) -> list[Span]:
    """Find a number that begins with a plus, and that the country has given to somebody, after a letter."""
    return _find(candidate, [("", None)], _VALID)


def with_zeros(candidate: str) -> list[Span]:
    """Find a number that begins with two zeros and a country."""
    found = _find(f"+{candidate[2:]}", [("", None)], _POSSIBLE)
    return [(0, end + 1) for _, end in found]


def glued_national(candidate: str) -> list[Span]:
    """Find a number of North America, area and all, that can have been given to somebody, glued to a letter."""
    return _find(candidate, [("", "US")], _VALID)


def national(regions: Sequence[str]) -> Check:
    """Make a check of numbers with a zero before the area, as one of the regions writes them.

    In one run of digits it must be a mobile one, for which fewer digits are possible.
    """
    texts = [("", region) for region in regions]

    def find(candidate: str) -> list[Span]:
        if _DAY.match(candidate):
            return []
        area = re.match(r"\(?[0-9]{2,6}([ )/-])", candidate)
        # fewer digits are a number of something and its part, but for an area in brackets
        least = _LEAST_DIGITS if area and area[1] == ")" else _LEAST_NATIONAL
        found = _find(candidate, texts, _VALID if area else _MOBILE, least)
        return [] if found and _HEXADECIMAL.match(candidate, found[0][1]) else found

    return find


def by_name(regions: Sequence[str]) -> Check:
    """Make a check of numbers after a word for a telephone: any of a length that one of the regions has."""
    texts = [("", region) for region in regions]

    def find(candidate: str) -> list[Span]:
        return [] if _DAY.match(candidate) else _find(candidate, texts, _POSSIBLE)

    return find

"""Numbers of cards and accounts in runs of digits and letters."""

import re

from otel_lift_redaction.checks.span import Span
from otel_lift_redaction.checks.sums import iso7064, luhn

__all__ = ["IBAN_LENGTHS", "ibans", "payment_cards"]

# ISO/IEC 7812 issuer ranges in use: first digits (as a range of six) and lengths
_ISSUERS = (
    (400000, 499999, {13, 16, 19}),  # Visa
    (510000, 559999, {16}),  # Mastercard
    (222100, 272099, {16}),  # Mastercard
    (340000, 349999, {15}),  # American Express
    (370000, 379999, {15}),  # American Express
    (300000, 305999, {14, 16, 17, 18, 19}),  # Diners Club
    (360000, 369999, {14, 16, 17, 18, 19}),  # Diners Club
    (380000, 399999, {14, 16, 17, 18, 19}),  # Diners Club
    (352800, 358999, {16, 17, 18, 19}),  # JCB
    (220000, 220499, {16, 17, 18, 19}),  # Mir
    (500000, 509999, {13, 14, 15, 16, 17, 18, 19}),  # Maestro, RuPay, Elo
    (560000, 589999, {13, 14, 15, 16, 17, 18, 19}),  # Maestro
    (600000, 699999, {13, 14, 15, 16, 17, 18, 19}),  # Discover, UnionPay, Maestro, RuPay
    (810000, 829999, {16, 17, 18, 19}),  # UnionPay, RuPay
)

IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
"""The length of an IBAN by country (SWIFT's IBAN registry)."""

_GROUP = re.compile(r"[0-9]+")
# groups of digits as a UUID has them between its dashes, and no card
_PARTS_OF_A_UUID = re.compile(r"[0-9]{8}-[0-9]{4}-[0-9]{4}|[0-9]{4}-[0-9]{12}")
# with dots between, numbers are as often a version's or an address's: groups must be as they stand on a card
_PRINTED = re.compile(r"[0-9]{4}(?:(?:\.[0-9]{4}){2,3}(?:\.[0-9]{1,4})?|\.[0-9]{6}\.[0-9]{4,5}|(?:\.[0-9]{3}){3})")
_LETTER = re.compile(r"[A-Za-z]")
_EAN = 13  # digits
_IBAN_START = re.compile(r"[A-Z]{2}[0-9]{2}")


def payment_cards(candidate: str) -> list[Span]:
    """Find card numbers in a run of digit groups: whole groups with an issuer, a length of it and Luhn's digit.

    A group that goes on in letters is a part of a number in hexadecimal. Thirteen digits in a row with the check of an
    article's number (EAN) are one.
    """
    groups = [found.span() for found in _GROUP.finditer(candidate)]
    if _LETTER.search(candidate):
        groups = [(start, end) for start, end in groups if not candidate[end : end + 1].isalpha()]
        groups = [(start, end) for start, end in groups if start == 0 or not candidate[start - 1].isalpha()]
    found: list[Span] = []
    at = 0
    while at < len(groups):
        digits, step = "", 1
        if groups[at][0] and candidate[groups[at][0] - 1] == ".":
            at += 1  # the decimals of a number
            continue
        for last in range(at, min(at + 19, len(groups))):
            start, end = groups[last]
            digits += candidate[start : min(end, start + 20)]
            if len(digits) > 19:
                break
            if len(digits) >= 13 and _is_issued(digits) and luhn(digits):
                if _is_other(candidate[groups[at][0] : end]):
                    continue
                found.append((groups[at][0], end))
                step = last - at + 1
                break
        at += step
    return found


def _is_other(text: str) -> bool:
    """Whether digits that could be a card's are written as other numbers are."""
    if "." in text:
        return _PRINTED.fullmatch(text) is None
    return bool(_PARTS_OF_A_UUID.fullmatch(text)) or (len(text) == _EAN and text.isdigit() and _is_article(text))


def _is_article(digits: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _is_issued(digits: str) -> bool:
    first = int(digits[:6])
    return any(low <= first <= high and len(digits) in lengths for low, high, lengths in _ISSUERS)


def ibans(candidate: str) -> list[Span]:
    """Find IBANs in a run of capitals, digits and single spaces, by their countries' lengths and checks.

    One that stands alone as a word, or in groups, ends where a group ends; one that is glued to capitals may not.
    """
    found: list[Span] = []
    at = 0
    while start := _IBAN_START.search(candidate, at):
        end = _iban_end(candidate, start.start())
        if end:
            found.append((start.start(), end))
        at = end or start.start() + 1
    return found


def _iban_end(candidate: str, start: int) -> int:
    length = IBAN_LENGTHS.get(candidate[start : start + 2])
    if length is None:
        return 0
    compact, end = "", start
    while end < len(candidate) and len(compact) < length:
        compact += candidate[end].strip()
        end += 1
    return end if len(compact) == length and iso7064(compact) else 0

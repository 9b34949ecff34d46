"""Checks of candidates: which parts of a bounded text that a pattern found are really what they look like.

Each check takes the candidate and answers the spans (start, end) in it to redact. Candidates are maximal runs, so a
check looks inside; each does a bounded amount of work for each character.
"""

import base64
import binascii
import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

__all__ = [
    "CHECKSUMS",
    "IBAN_LENGTHS",
    "Check",
    "basic_credentials",
    "ibans",
    "iso7064",
    "luhn",
    "payment_cards",
    "random_looking",
    "single_address",
    "single_mac",
    "token_like",
    "unlike_a_file",
    "unlike_a_word",
]

Span = tuple[int, int]
Check = Callable[[str], Sequence[Span]]

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
_HEXADECIMAL_ID = re.compile(r"[0-9A-Fa-f-]+")
# what a message says about a secret, not the secret: "token: expired", "password: must be longer"
_MESSAGE_WORDS = frozenset(
    """
    a an and are basic bearer been can cannot could denied did digest does empty error expected expires expired
    failed failure false field for forbidden from has have in incorrect invalid is issued it malformed mismatch
    missing must need needs negotiate no none not null of ok only parsing please provided refused rejected
    required reset revoked should signature string that the this to too true type unauthorized undefined
    unexpected unknown unsupported use value verification was we were wrong you your
    """.split()  # noqa: SIM905 - seventy quoted words are no easier to read
)
# an entropy in bits a character that words and identifiers of sixteen characters and more do not reach
_RANDOM = 3.3


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit)
        if place % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


def iso7064(text: str) -> bool:
    """Whether letters and digits have the check of ISO 7064 MOD 97-10 in places 3 and 4, as an IBAN has (ISO 13616)."""
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def payment_cards(candidate: str) -> list[Span]:
    """Find card numbers in a run of digit groups: whole groups with an issuer, a length of it and Luhn's digit."""
    groups = [found.span() for found in _GROUP.finditer(candidate)]
    found: list[Span] = []
    at = 0
    while at < len(groups):
        digits, step = "", 1
        for last in range(at, min(at + 19, len(groups))):
            start, end = groups[last]
            digits += candidate[start : min(end, start + 20)]
            if len(digits) > 19:
                break
            if len(digits) >= 13 and _is_issued(digits) and luhn(digits):
                if _PARTS_OF_A_UUID.fullmatch(candidate, groups[at][0], end):
                    continue
                found.append((groups[at][0], end))
                step = last - at + 1
                break
        at += step
    return found


def _is_issued(digits: str) -> bool:
    first = int(digits[:6])
    return any(low <= first <= high and len(digits) in lengths for low, high, lengths in _ISSUERS)


def ibans(candidate: str) -> list[Span]:
    """Find the IBAN at the start of a run of capitals, digits and single spaces, by its country's length and check."""
    length = IBAN_LENGTHS.get(candidate[:2])
    if length is None:
        return []
    compact, end = "", 0
    while end < len(candidate) and len(compact) < length:
        compact += candidate[end].strip()
        end += 1
    whole = len(compact) == length and not candidate[end : end + 1].strip()
    return [(0, end)] if whole and iso7064(compact) else []


def single_address(candidate: str) -> list[Span]:
    """Find an IP address that names a host.

    It is no part of a longer dotted number, not loopback, and not a whole network of /8 (IPv4) or /48 (IPv6).

    A browser's version such as 120.0.0.0 is written like a network of /8, and says as little about a person.
    """
    text = candidate if candidate.endswith("::") else candidate.removesuffix(":")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    host_bits = 24 if address.version == 4 else 80
    is_network = not int(address) & ((1 << host_bits) - 1)
    return [] if address.is_loopback or address.is_unspecified or is_network else [(0, len(text))]


def single_mac(candidate: str) -> list[Span]:
    """Find a hardware address of six bytes; a longer run is the fingerprint of a key."""
    return [(0, 17)] if len(candidate) == 17 and len(set(candidate[2::3])) == 1 else []


def basic_credentials(candidate: str) -> list[Span]:
    """Find base64 of `user:password` (RFC 7617)."""
    try:
        plain = base64.b64decode(candidate + "=" * (-len(candidate) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return []
    return [(0, len(candidate))] if b":" in plain else []


def token_like(candidate: str) -> list[Span]:
    """Find a word that is no word: it has a digit or a sign, or is longer than words are."""
    likely = len(candidate) >= 20 or any(not character.isalpha() for character in candidate.rstrip(".,:;!?"))
    return [(0, len(candidate))] if likely else []


def unlike_a_word(candidate: str) -> list[Span]:
    """Find all but the words with which a log message goes on after `token:` or `password:`."""
    return [] if candidate.rstrip(".,:;!?").lower() in _MESSAGE_WORDS else [(0, len(candidate))]


def unlike_a_file(candidate: str) -> list[Span]:
    """Find an e-mail address.

    The name of an image for a dense screen (`logo@2x.png`), a package and its version, and `git@` before the host of a
    repository are none.
    """
    user, _, host = candidate.rpartition("@")
    return (
        [] if user == "git" or re.fullmatch(r"[0-9]+(?:\.[0-9]+)?x?\.[A-Za-z0-9.-]+", host) else [(0, len(candidate))]
    )


def random_looking(candidate: str) -> list[Span]:
    """Find a text of high entropy with letters and digits that is neither a UUID nor a hash in hexadecimal."""
    if _HEXADECIMAL_ID.fullmatch(candidate) or candidate.isalpha() or not any(map(str.isdigit, candidate)):
        return []
    sample = candidate[:256]
    shares = (count / len(sample) for count in Counter(sample).values())
    entropy = -sum(share * math.log2(share) for share in shares)
    return [(0, len(candidate))] if entropy >= _RANDOM else []


def _alphanumeric(candidate: str) -> str:
    return "".join(character for character in candidate if character.isascii() and character.isalnum())


def _luhn_span(candidate: str) -> Iterator[Span]:
    digits = "".join(_GROUP.findall(candidate[:64]))
    if digits and luhn(digits):
        yield (0, len(candidate))


def _mod97_span(candidate: str) -> Iterator[Span]:
    text = _alphanumeric(candidate[:64])
    if len(text) > 4 and iso7064(text):
        yield (0, len(candidate))


CHECKSUMS: MappingProxyType[str, Check] = MappingProxyType(
    {
        "luhn": lambda candidate: list(_luhn_span(candidate)),
        "mod97": lambda candidate: list(_mod97_span(candidate)),
    }
)
"""The checks that a user's own detector can ask for; they ignore what is no digit (luhn) or no letter or digit."""

"""Which findings over the end of a line are one value, and which are two words that only meet there."""

import re
from collections.abc import Sequence

from otel_lift_redaction.lattice.found import Found, Spans

__all__ = ["goes_on"]

_SHORT = 3  # characters before the at sign that are likely the end of a longer name
_CHECKED = frozenset({"payment_card", "iban", "us_ssn"})  # what is proved by its digits, or has them all
_WORDS = frozenset(
    {"secret", "bearer", "basic", "cookie", "high_entropy", "url_password", "query_secret", "postal_address"}
)
_BREAK = re.compile(r"(?:\\r)?(?:\\n|\r?\n|%0[dD]%0[aA]|%0[aA])(?:[ \t>|]|\\t|%20|%09)*")
_TOKEN = re.compile(r"(?=[^\s]*[0-9])[0-9A-Za-z_.+/=-]{8,}")
_GROUP = 4  # digits of a card's group
_MANY = 9  # digits of a telephone number that lacks none


def goes_on(text: str, one: Found, plain: Spans, names: Sequence[str]) -> bool:
    """Whether a finding over the end of a line is kept beside those that do not go over one, which are `plain`."""
    rules = {names[rule] for rule in one.rules}
    if rules <= _WORDS or (rules == {"payment_card"} and _is_a_list(text, one)):
        return False
    inside = plain.touching(one.begin, one.end)
    if not inside or rules <= _CHECKED:
        return True
    first, last = inside[0][0], inside[-1][1]
    if len(inside) > 1 or first < one.begin or last > one.end:
        return False
    head, tail = text[one.begin : first], text[last : one.end]
    if head and "email" in rules:
        return not tail and _is_left_part(head, text[first:last].partition("@")[0])
    if head or not tail:
        return False
    parts = _BREAK.split(tail, maxsplit=1)
    rest = parts[-1]
    if "email" in rules:
        return "." in rest
    if "phone" in rules:
        return sum(map(str.isdigit, text[first:last])) < _MANY
    return _TOKEN.fullmatch(rest) is not None


def _is_a_list(text: str, one: Found) -> bool:
    """Whether a finding is whole lines of digits, as lists of numbers have them, and not a card's groups of four."""
    starts = one.begin == 0 or text[max(one.begin - 2, 0) : one.begin].endswith(("\n", "\\n"))
    ends = one.end == len(text) or text.startswith(("\n", "\r", "\\n", "\\r"), one.end)
    lines = _BREAK.split(text[one.begin : one.end])
    return starts and ends and any(sum(map(str.isdigit, line)) % _GROUP for line in lines[:-1])


def _is_left_part(head: str, local: str) -> bool:
    """Whether what stands before a line's end is the start of an address, and no word before one.

    It has a sign or a digit inside, which words of prose have not, or what is left of the name is none by itself.
    """
    found = _BREAK.search(head)
    if found is None or found.end() != len(head):
        return False
    part = head[: found.start()].rstrip(".")
    signs = any(sign in part for sign in "._+-0123456789") and any(map(str.isalpha, part))
    return signs or len(local) <= _SHORT or not local[0].isalpha()

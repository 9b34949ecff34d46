r"""The triggers: what a text must hold before a detector's expression looks at it, each defined by an expression.

Every text that a detector changes matches the expression of the detector's trigger. The expressions say less than the
detectors: each can be decided by one walk over the bytes of a text, in a bounded look around each of them.
"""

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType

from otel_lift_redaction.checks import IBAN_LENGTHS

__all__ = ["COUNTRIES", "EXPRESSIONS", "LONG_NUMBER", "QUERY_WORDS", "SECRET_WORDS", "STREETS", "WEAK_WORDS", "Trigger"]

LONG_NUMBER = 13
"""The least characters of a number that can be somebody's: a payment card has as many digits."""


class Trigger(IntFlag):
    """What a text holds; `ANY` stands for detectors that cannot say what they need."""

    EMAIL = 1
    URL = 2  # a URL with a password
    QUAD = 4  # four numbers with dots between
    CARD = 8
    SSN = 16
    PHONE = 32
    IBAN = 64
    MAC = 128
    IPV6 = 256
    SECRET = 512  # a word for a secret before an equals sign or a colon
    QUERY = 1024  # a word that names a secret in a URL's query only
    WEAK = 2048  # a word that can name a secret, before a long value
    PEM = 4096
    JWT = 8192
    KEY = 16384  # the prefix of a service's keys
    SCHEME = 32768  # the name of an authentication scheme
    PLACE = 65536
    ANY = 131072


def _joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    words: tuple[str, ...] = ("",)
    for choices in parts:
        words = tuple(word + choice for word in words for choice in choices)
    return words


SECRET_WORDS = (
    *("pass", "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "authorization"),
    *("credential", "credentials", "cvv", "cvv2", "cvc", "otp", "cookie"),
    *_joined(("api",), ("", " ", "_", "-"), ("key",)),
    *_joined(("access",), ("", "_", "-"), ("key",), ("", "id", "_id", "-id")),
    *_joined(("secret", "private", "signing", "encryption"), ("", "_", "-"), ("key",)),
)
"""Words, in lower case, that end what names a secret."""

QUERY_WORDS = ("jwt", "sig", "signature", "sessionid", "session_id")
"""Words that end the name of a query parameter with a secret, besides those above."""

WEAK_WORDS = (
    *("key", "auth", "sig", "signature", "session", "sessionid", "session_id", "sid", "code", "cookie"),
    *("cred", "creds", "hash"),
)
"""Words that end what may name a secret, which its value decides."""

STREETS = (
    *("Street", "Avenue", "Boulevard", "Road", "Lane", "Terrace", "Crescent", "St", "Ave", "Blvd", "Rd", "Ln", "Dr"),
    *("Drive", "Ct", "Court", "Sq", "Square", "Place", "Pl", "Way", "Hwy"),
)
"""Words for a street, as they are written in an address."""

COUNTRIES = tuple(IBAN_LENGTHS)
"""The countries with IBANs (SWIFT's IBAN registry)."""

# where a word starts: not after a letter or digit, but after the escape of a line's end, as JSON in a string has it
_START = r"(?:^|[^0-9A-Za-z]|\\[bfnrt])"
_HOST = r"[0-9A-Za-z\x{80}-\x{10ffff}-]"
# RE2 takes these for an S and a K where case does not matter
_ODD = r"[\x{17f}\x{212a}]"
_ASSIGNED = r"""\\*["']?\s*[=:]"""


def _one_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(words)})"


EXPRESSIONS: Mapping[Trigger, str] = MappingProxyType(
    {
        Trigger.EMAIL: rf"[0-9A-Za-z!$%*+._~^'\x{{80}}-\x{{10ffff}}-]@{_HOST}+\.{_HOST}",
        Trigger.URL: r"://[^\x00-\x20/?#:@]*:[^\x00-\x20/?#]+@",
        # not all of the last three are zero, as in a browser's version
        Trigger.QUAD: r"[0-9]\.(?:[1-9][0-9]{0,2}\.[0-9]{1,3}\.[0-9]"
        r"|[0-9]{1,3}\.(?:[1-9][0-9]{0,2}\.[0-9]|[0-9]{1,3}\.[1-9]))",
        Trigger.CARD: rf"{_START}[2-68][0-9](?:[ -]?[0-9]){{11}}",
        Trigger.SSN: rf"{_START}[0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}}",
        Trigger.PHONE: r"\+[1-9][ .()/0-9-]{6}"
        rf"|{_START}(?:[2-9][0-9]{{2}}(?:\) ?|[ .-])[2-9][0-9]{{2}}[ .-][0-9]{{4}}|00[1-9][0-9]{{0,2}}[ -])",
        Trigger.IBAN: rf"{_START}{_one_of(COUNTRIES)}[0-9]{{2}}(?: ?[0-9A-Z]){{11}}",
        Trigger.MAC: rf"{_START}(?:[0-9A-Fa-f]{{2}}[:-]){{5}}[0-9A-Fa-f]{{2}}",
        Trigger.IPV6: rf"{_START}[0-9A-Fa-f]{{1,4}}::|::(?:[Ff]{{4}}:)?[0-9]{{1,3}}\.|(?:[0-9A-Fa-f]{{1,4}}:){{6}}",
        Trigger.SECRET: rf"(?i:{_one_of(SECRET_WORDS)}{_ASSIGNED})|{_ODD}",
        Trigger.QUERY: rf"(?i:{_one_of(QUERY_WORDS)}=)|{_ODD}",
        Trigger.WEAK: rf"(?i:{_one_of(WEAK_WORDS)}{_ASSIGNED})"
        rf"""\s*\\*["']?[0-9A-Za-z+/_=.~-]{{16}}|{_ODD}""",
        Trigger.PEM: r"-----BEGIN",
        Trigger.JWT: rf"{_START}eyJ[0-9A-Za-z_-]{{5}}",
        Trigger.KEY: rf"{_START}(?:A(?:3T[A-Z0-9]|KIA|SIA|BIA|CCA|ROA|IDA|GPA|NPA|NVA|IPA)[A-Z0-9]{{16}}"
        r"|AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{16}|GOCSPX-[0-9A-Za-z_-]{20}"
        r"|gh[pousr]_[0-9A-Za-z]{30}|github_pat_[0-9A-Za-z_]{22}"
        r"|xox[a-z]-[0-9A-Za-z-]{10}|xapp-[0-9A-Za-z-]{10}|hooks\.slack\.com/"
        r"|[srp]k_(?:live|test)_[0-9A-Za-z]{10}|whsec_[0-9A-Za-z+/=]{16}|sk-[0-9A-Za-z_-]{16})",
        Trigger.SCHEME: rf"{_START}(?i:bearer[ \t:=]|basic[ \t])|{_ODD}",
        Trigger.PLACE: rf"[a-z'-] {_one_of(STREETS)}\b|(?i:box) [0-9]",
    }
)
"""What a text must match to have the trigger, in RE2 syntax."""

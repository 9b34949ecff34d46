r"""The triggers: what a text must hold before a detector's expression looks at it, each defined by an expression.

Every text that a detector changes matches the expression of the detector's trigger. The expressions say less than the
detectors: each can be decided by one walk over the bytes of a text, in a bounded look around each of them.
"""

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType

from otel_lift_redaction.triggers.words import (
    COUNTRIES,
    KEY_CLASSES,
    KEY_PREFIXES,
    NAMES_OF_NUMBERS,
    QUERY_WORDS,
    SECRET_WORDS,
    STREETS,
    WEAK_WORDS,
)

__all__ = ["EXPRESSIONS", "LONG_NUMBER", "Trigger"]

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
    SECRET = 512  # a word for a secret before an equals sign, a colon, the end of a tag, or as an option's name
    QUERY = 1024  # a word that names a secret in a URL's query only
    WEAK = 2048  # a word that can name a secret, before a long value
    PEM = 4096
    JWT = 8192
    KEY = 16384  # the prefix of a service's keys
    SCHEME = 32768  # the name of an authentication scheme
    PLACE = 65536
    ANY = 131072
    NAMED = 262144  # a word that names a number of a person before one
    PERSON = 524288  # what is written as a country writes its identifiers of people


# where a word starts: not after a letter or digit, but after the escape of a line's end, as JSON in a string has it
_START = r"(?:^|[^0-9A-Za-z]|\\[bfnrt])"
_HOST = r"[0-9A-Za-z\x{80}-\x{10ffff}-]"
# RE2 takes these for an S and a K where case does not matter
_ODD = r"[\x{17f}\x{212a}]"
_ASSIGNED = r"""\\*["']{0,2}\s*[=:]"""
# a number starts where no digit is before it, be it glued to a word or not
_NUMBER = r"(?:^|[^0-9])"
# an option of a command line that names a secret, and its value in the next word
_OPTION = r"(?:--|(?:^|[\t\n\f\r ])-)(?:[A-Za-z][0-9A-Za-z_.-]{0,31})?"
_UNSPACED = tuple(word for word in SECRET_WORDS if " " not in word)
# a secret in a statement of SQL, in quotes or not, and a client's option for one
_STATED = r"""(?i: by|password)[\t ]\\*["']|(?i:identified by)[\t ]|[\t\n\f\r ]-p"""
_DIGITS = r"[0-9](?:[ .()-]{0,2}[0-9])"


def _one_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(words)})"


def _keys() -> str:
    """Say the prefixes of keys, each with what follows it, as one expression; those with the same rest together."""
    by_rest: dict[str, list[str]] = {}
    for prefix, kind, count in KEY_PREFIXES:
        by_rest.setdefault(f"{KEY_CLASSES[kind]}{{{count}}}", []).append(prefix.replace(".", r"\."))
    return "|".join(f"{_one_of(tuple(prefixes))}{rest}" for rest, prefixes in by_rest.items())


def _named() -> str:
    """Say a word, not gone on with in small letters, and a number behind at most twenty ASCII characters, no digits.

    A number has nine digits; where a sign or a capital stands before it, six.
    """
    words = _one_of(NAMES_OF_NUMBERS)
    gap = r"(?:[\x00-/:-\x60\x7b-\x7f][\x00-/:-\x7f]"
    return rf"(?i:{words})(?:{gap}{{0,19}})?{_DIGITS}{{8}}|{gap}{{0,18}})?[\x00-.:-Z_]{_DIGITS}{{5}})|{_ODD}"


EXPRESSIONS: Mapping[Trigger, str] = MappingProxyType(
    {
        Trigger.EMAIL: rf"[0-9A-Za-z!$%*+._~^'\x{{80}}-\x{{10ffff}}-]@{_HOST}+\.{_HOST}",
        Trigger.URL: r"://[^\x00-\x20/?#:@]*:[^\x00-\x20/?#]+@",
        # not all of the last three are zero, as in a browser's version
        Trigger.QUAD: r"[0-9]\.(?:[1-9][0-9]{0,2}\.[0-9]{1,3}\.[0-9]"
        r"|[0-9]{1,3}\.(?:[1-9][0-9]{0,2}\.[0-9]|[0-9]{1,3}\.[1-9]))",
        # after letters too, but not in a number of hexadecimal
        Trigger.CARD: r"(?:^|[^0-9A-Fa-f]|[G-Zg-z][A-Fa-f]{1,3}|\\[bfnrt])"
        r"[2-68][0-9](?:(?:[ -]?[0-9]){11}|[0-9]{2}\.[0-9]{3,6}\.[0-9]{3})",
        Trigger.SSN: rf"{_NUMBER}[0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}}",
        Trigger.PHONE: r"\+[1-9][ .()/0-9-]{6}"
        rf"|{_NUMBER}(?:[2-9][0-9]{{2}}(?:\) ?|[ .-])[2-9][0-9]{{2}}[ .-][0-9]{{4}}|00[1-9][0-9]{{0,2}}[ -])"
        # as a country's own people write it, with its zero
        r"|(?:^|[^-0-9A-Za-z.,:/])0[1-9](?:(?:[ -]?[0-9]){7}|[0-9]{1,4}\) ?[0-9]{3})"
        r"|[\x00-+;-@_\x{80}-\x{10ffff}]0[1-9][0-9]{1,4}/ ?[0-9]{3}",
        Trigger.IBAN: rf"{_one_of(COUNTRIES)}[0-9]{{2}}(?: ?[0-9A-Z]){{11}}",
        Trigger.MAC: r"(?:^|[^0-9A-Fa-f]|\\[bfnrt])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
        r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        Trigger.IPV6: rf"{_START}[0-9A-Fa-f]{{1,4}}::|::(?:[Ff]{{4}}:)?[0-9]{{1,3}}\.|(?:[0-9A-Fa-f]{{1,4}}:){{6}}",
        Trigger.SECRET: rf"(?i:{_one_of(SECRET_WORDS)}(?:{_ASSIGNED}|>))"
        rf"|{_OPTION}(?i:{_one_of(_UNSPACED)})[\t\n\f\r ]|{_STATED}|{_ODD}",
        Trigger.QUERY: rf"(?i:{_one_of(QUERY_WORDS)}=)|{_ODD}",
        Trigger.WEAK: rf"(?i:{_one_of(WEAK_WORDS)}{_ASSIGNED})"
        rf"""\s*\\*["']?[0-9A-Za-z+/_=.~-]{{16}}|{_ODD}""",
        Trigger.PEM: r"-----BEGIN",
        Trigger.JWT: r"eyJ[0-9A-Za-z_-]{5}",
        Trigger.KEY: rf"{_START}(?:A(?:3T[A-Z0-9]|KIA|SIA|BIA|CCA|ROA|IDA|GPA|NPA|NVA|IPA)[A-Z0-9]{{16}}"
        rf"|AIza[0-9A-Za-z_-]{{35}}|ABSK[0-9A-Za-z+/=]{{40}}|EAAA[0-9A-Za-z_-]{{40}}|{_keys()})"
        # the digits and letters of these begin with a digit, or a few small letters before one
        r"|(?:^|[^0-9A-Za-z])(?:AC|SK)[a-f]{0,15}[0-9][0-9a-f]{16}"
        r"|(?:^|[^0-9A-Za-z/\[\]^\x60{|}~\x7f])dapi[a-f]{0,15}[0-9][0-9a-f]{16}"
        rf"|{_START}1//0[0-9a-z]{{0,30}}[A-Z_-]|[0-9]Q~[0-9A-Za-z+/_=.~-]{{31}}|[0-9]:AA[0-9A-Za-z_-]{{33}}"
        # parts of fixed lengths with a dot or a dash between
        r"|(?:^|[^0-9A-Za-z_-])[MNO][0-9A-Za-z_-]{22,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27}"
        rf"|{_START}[0-9a-f]{{32}}-[0-9a-f]{{8}}-[0-9a-f]{{8}}"
        r"|access_token\$[a-z]",
        Trigger.SCHEME: rf"{_START}(?i:bearer[ \t:=]|basic[ \t])|{_ODD}",
        Trigger.PLACE: rf"[a-z'-] {_one_of(STREETS)}\b|(?i:box) [0-9]",
        Trigger.NAMED: _named(),
        Trigger.PERSON: r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]"
        rf"|{_NUMBER}(?:[0-9]{{3}}\.[0-9]{{3}}\.[0-9]{{3}}-[0-9]{{2}}|[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}-[0-9]{{3}}\."
        r"|[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]|[12][0-9]{4}2[AB][0-9]|[12] [0-9]{2} [0-9]{2} [0-9]"
        r"|[0-9]{17}[Xx]|(?:[0-9]{18}|[12][0-9]{14})(?:[^0-9]|\z))",
    }
)
"""What a text must match to have the trigger, in RE2 syntax."""

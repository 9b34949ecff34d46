"""Checks of addresses, tokens and words."""

import base64
import binascii
import ipaddress
import math
import re
from collections import Counter

from otel_lift_redaction.checks.span import Span

__all__ = [
    "basic_credentials",
    "random_looking",
    "single_address",
    "single_mac",
    "token_like",
    "unlike_a_file",
    "unlike_a_word",
]

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

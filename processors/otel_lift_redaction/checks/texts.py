"""Checks of addresses, tokens and words."""

import base64
import binascii
import ipaddress
import math
import re
import unicodedata
from collections import Counter

from otel_lift_redaction.checks.span import Span

__all__ = [
    "basic_credentials",
    "no_placeholder",
    "random_looking",
    "single_address",
    "single_mac",
    "token_like",
    "unlike_a_file",
    "unlike_a_word",
]

_HEXADECIMAL_ID = re.compile(r"[0-9A-Fa-f-]+")
_DOTTED_MAC = re.compile(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")
# what stands where a secret was, or will be put: stars, a name in brackets, a variable, a format's place
_PLACEHOLDER = re.compile(
    r"""[*•]+|[xX]{4,}|\.{3,}|<[0-9A-Za-z _.:-]{0,40}>|\[[0-9A-Za-z _.:-]{0,40}\]?|\$?\{[A-Za-z_][0-9A-Za-z_.]*\}"""
    r"""|\$?\{\{ ?[A-Za-z_][0-9A-Za-z_.]* ?\}\}|\$[A-Z]+(?:_[A-Z]+)*|%[A-Z_][A-Z0-9_]+%|%[sdvqr@]|%\([a-z_]{1,40}\)s"""
    r"""|(?i:null|none|nil|undefined|redacted|masked|hidden|filtered|removed)"""
)
_LONGEST_PLACEHOLDER = 64
# what nobody sees: soft hyphens, spaces and joiners without a width, a mark of the order of bytes
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_FILE = re.compile(r"[0-9]+(?:\.[0-9]+)?x?\.[A-Za-z0-9.-]+")
# words, numbers and dates with signs between, as in the name of a file or of an error
_JOINTS = re.compile(r"[_/.=~+]+")
_ORDINARY = re.compile(r"(?:[A-Z]?[a-z]{1,15}|[A-Z]{1,15}|[0-9]+|[vT][0-9]{1,3})?")
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
    """Find a hardware address of six bytes; a longer run is the fingerprint of a key.

    One in three groups with dots between has letters and digits, and no other groups around.
    """
    if _DOTTED_MAC.fullmatch(candidate):
        both = any(map(str.isalpha, candidate)) and any(map(str.isdigit, candidate))
        return [(0, len(candidate))] if both else []
    return [(0, 17)] if len(candidate) == 17 and set(candidate[2::3]) in ({":"}, {"-"}) else []


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
    return [] if _seen(candidate).rstrip(".,:;!?_").lower() in _MESSAGE_WORDS else no_placeholder(candidate)


def no_placeholder(candidate: str) -> list[Span]:
    """Find all but what stands for a secret: `***`, `<hidden>`, `null`, `${NAME}`, `%s`."""
    shown = _seen(candidate)
    bare = shown[: _LONGEST_PLACEHOLDER + 1].rstrip(",;_")
    return [] if not shown.strip("*") or _PLACEHOLDER.fullmatch(bare) else [(0, len(candidate))]


def unlike_a_file(candidate: str) -> list[Span]:
    """Find an e-mail address.

    The name of an image for a dense screen (`logo@2x.png`), a package and its version, `git@` before the host of a
    repository, and stars before any are none.
    """
    user, _, host = _seen(candidate).rpartition("@")
    is_none = (
        user.lstrip("_") == "git"
        or not any(map(str.isalnum, user))
        or _FILE.fullmatch(host)
        or "0" <= host.rpartition(".")[2][:1] <= "9"
    )
    return [] if is_none else [(0, len(candidate))]


def _seen(candidate: str) -> str:
    """Answer a text as a reader takes it: without what nobody sees, its characters the ordinary ones for them."""
    return candidate if candidate.isascii() else unicodedata.normalize("NFKC", candidate.translate(_UNSEEN))


def random_looking(candidate: str) -> list[Span]:
    """Find a text of high entropy with letters and digits that is neither a UUID nor a hash in hexadecimal.

    Nor is it words and numbers with signs between.
    """
    if candidate.isalpha() or not any(map(str.isdigit, candidate)):
        return []
    if all(map(_is_ordinary, _JOINTS.split(candidate))):
        return []
    sample = candidate[:256]
    shares = (count / len(sample) for count in Counter(sample).values())
    entropy = -sum(share * math.log2(share) for share in shares)
    return [(0, len(candidate))] if entropy >= _RANDOM else []


def _is_ordinary(part: str) -> bool:
    return bool(_HEXADECIMAL_ID.fullmatch(part)) or all(map(_ORDINARY.fullmatch, part.split("-")))

"""Whether a needle can still be told from a text: plain, or after its form is undone by standard decoders."""

import base64
import binascii
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator

from otel_lift.synthetic.encodings import JSON
from otel_lift.synthetic.forms import FORMS
from otel_lift.synthetic.kinds import KINDS
from otel_lift.synthetic.needles import Needle

__all__ = ["leaked", "squashed"]

# a run of a secret that gives it away: this share of it, and at most this long
_SHARE = 0.6
_LONGEST = 24
_SHORTEST = 6
_BASE64_RUN = re.compile(r"[0-9A-Za-z+/_-]{8,}")
_HEX_RUN = re.compile(r"[0-9A-Fa-f]{8,}")


def squashed(text: str) -> str:
    """Answer the letters and digits of a text, without case and in their compatibility form."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def leaked(needle: Needle, text: str) -> bool:
    """Whether a run of the secret's letters and digits that gives it away is in `text`.

    The text is searched as it is and after each step of the needle's form is undone; what is left of an encoded text
    that was cut is decoded from every offset.
    """
    secret = squashed(needle.secret)
    length = len(secret)
    if not KINDS[needle.kind].whole:
        length = min(length, _LONGEST, max(_SHORTEST, math.ceil(length * _SHARE)))
    if len(text) < length:
        return False
    runs = {secret[at : at + length] for at in range(len(secret) - length + 1)}
    form = FORMS[needle.form]
    # a frame may be JSON itself, which escapes what is in it once more
    for view in (*form.undo(text), *form.undo(JSON.undo(text))):
        if _holds(view, runs):
            return True
    return ("base64" in needle.form or "hex" in needle.form) and any(_holds(view, runs) for view in _cut(text))


def _holds(text: str, runs: Iterable[str]) -> bool:
    seen = squashed(text)
    return any(run in seen for run in runs)


def _cut(text: str) -> Iterator[str]:
    for found in _BASE64_RUN.findall(text):
        plain = found.replace("-", "+").replace("_", "/")
        for start in range(4):
            whole = plain[start : start + (len(plain) - start) // 4 * 4]
            try:
                yield base64.b64decode(whole).decode(errors="ignore")
            except binascii.Error:
                continue
    for found in _HEX_RUN.findall(text):
        for start in range(2):
            yield bytes.fromhex(found[start : start + (len(found) - start) // 2 * 2]).decode(errors="ignore")

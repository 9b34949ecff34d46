"""Single steps of writing a text in another way, each with its inverse.

Each `write` changes the text wherever it can be changed; each `undo` is a decoder that takes any text, leaves what is
not of its form alone, and answers the text that `write` was given (but for `unicodedata`'s compatibility forms).
"""

import base64
import binascii
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

__all__ = [
    "BASE64",
    "BASE64URL",
    "BROKEN",
    "CONFUSABLES",
    "FULL_WIDTH",
    "GLUED",
    "HEX",
    "HTML",
    "JSON",
    "LOOK_ALIKES",
    "PERCENT",
    "SOFT_HYPHEN",
    "UNICODE_ESCAPES",
    "X_ESCAPES",
    "ZERO_WIDTH",
    "Step",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One way of writing, and back."""

    write: Callable[[Random, str], str]
    undo: Callable[[str], str]


def _some(rng: Random, text: str, escape: Callable[[str], str], keep: Callable[[str], bool]) -> str:
    """Escape all characters, or half of them, or only those that need it (`keep` says which do not)."""
    style = rng.randrange(3)
    chosen = [style == 0 or (style == 1 and rng.random() < 0.5) or not keep(one) for one in text]
    if not any(chosen):
        chosen = [True] * len(text)
    return "".join(escape(one) if wanted else one for one, wanted in zip(text, chosen, strict=True))


def _percent(rng: Random, text: str) -> str:
    def escape(one: str) -> str:
        return "".join(f"%{byte:{case}}" for byte in one.encode())

    case = rng.choice(("02x", "02X"))
    return _some(rng, text, escape, lambda one: one.isascii() and (one.isalnum() or one in "-._~"))


def _unicode_escapes(rng: Random, text: str) -> str:
    case = rng.choice(("04x", "04X"))

    def escape(one: str) -> str:
        units = one.encode("utf-16-be")
        return "".join(f"\\u{int.from_bytes(units[at : at + 2]):{case}}" for at in range(0, len(units), 2))

    return _some(rng, text, escape, lambda one: one.isascii() and one.isalnum())


def _undo_unicode_escapes(text: str) -> str:
    def whole(found: re.Match[str]) -> str:
        units = bytes.fromhex(found[0].replace("\\u", ""))
        return units.decode("utf-16-be", "replace")

    return re.sub(r"(?:\\u[0-9A-Fa-f]{4})+", whole, text)


def _x_escapes(rng: Random, text: str) -> str:
    case = rng.choice(("02x", "02X"))
    return _some(
        rng,
        text,
        lambda one: "".join(f"\\x{byte:{case}}" for byte in one.encode()),
        lambda one: one.isascii() and one.isalnum(),
    )


def _undo_x_escapes(text: str) -> str:
    return re.sub(
        r"(?:\\x[0-9A-Fa-f]{2})+",
        lambda found: bytes.fromhex(found[0].replace("\\x", "")).decode(errors="replace"),
        text,
    )


_NAMED = {
    "@": "&commat;",
    ".": "&period;",
    ":": "&colon;",
    "+": "&plus;",
    "/": "&sol;",
    "=": "&equals;",
    "_": "&lowbar;",
}


def _html(rng: Random, text: str) -> str:
    style = rng.randrange(4)

    def escape(one: str) -> str:
        if style == 0 and one in _NAMED:
            return _NAMED[one]
        return (f"&#{ord(one)};", f"&#{ord(one)};", f"&#x{ord(one):x};", f"&#X{ord(one):04X};")[style]

    return _some(rng, text, escape, lambda one: one.isascii() and one.isalnum())


_BASE64_RUN = re.compile(r"[0-9A-Za-z+/_-]{8,}={0,2}")


def _undo_base64(text: str) -> str:
    def whole(found: re.Match[str]) -> str:
        run = found[0].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(run + "=" * (-len(run) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            return found[0]

    return _BASE64_RUN.sub(whole, text)


def _hex(rng: Random, text: str) -> str:
    digits = text.encode().hex()
    return rng.choice((digits, digits.upper(), f"0x{digits}", f"\\x{digits}"))


def _undo_hex(text: str) -> str:
    def whole(found: re.Match[str]) -> str:
        try:
            return bytes.fromhex(found[1]).decode()
        except (ValueError, UnicodeDecodeError):
            return found[0]

    return re.sub(r"(?:0x|\\x)?((?:[0-9A-Fa-f]{2}){4,})", whole, text)


def _json(rng: Random, text: str) -> str:
    name = rng.choice(("note", "data", "who", "payload", "msg"))
    value: object = rng.choice((text, [text], {"value": text}))
    return json.dumps({"id": rng.randint(1, 999), name: value}, ensure_ascii=rng.random() < 0.5)


_JSON_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|(?:u[0-9A-Fa-f]{4})(?:\\u[0-9A-Fa-f]{4})*)')


def _undo_json(text: str) -> str:
    """Undo one level of a JSON string's escapes, wherever they stand."""
    return _JSON_ESCAPE.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)


def _full_width(_: Random, text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


_MATHEMATICAL = (0x1D400, 0x1D41A, 0x1D7CE), (0x1D5D4, 0x1D5EE, 0x1D7EC), (0x1D670, 0x1D68A, 0x1D7F6)
_CIRCLED = (0x24B6, 0x24D0, None)


def _look_alikes(rng: Random, text: str) -> str:
    capital, small, digit = rng.choice((*_MATHEMATICAL, _CIRCLED))

    def other(one: str) -> str:
        if one.isdecimal() and one.isascii():
            if digit is None:
                return "⓪" if one == "0" else chr(0x245F + int(one))
            return chr(digit + int(one))
        if one.isascii() and one.isalpha():
            return chr(capital + ord(one) - 65) if one.isupper() else chr(small + ord(one) - 97)
        return one

    return _some(rng, text, other, lambda _: True)


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


# letters of Cyrillic and Greek that no eye can tell from Latin ones (Unicode's confusables)
_CONFUSED = dict(zip("aceopxyijsABCEHIKMOPTXZ", "асеорхуіјѕАВСЕНІКМОРТХΖ", strict=True))  # noqa: RUF001 - the look-alikes are the point
_PLAIN = {ord(other): plain for plain, other in _CONFUSED.items()}


def _confuse(rng: Random, text: str) -> str:
    chosen = [one in _CONFUSED and rng.random() < 0.5 for one in text]
    if not any(chosen):
        chosen = [one in _CONFUSED for one in text]
    return "".join(_CONFUSED[one] if wanted else one for one, wanted in zip(text, chosen, strict=True))


_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def _between(rng: Random, text: str, signs: str) -> str:
    every = rng.random() < 0.5
    places = range(1, len(text)) if every else rng.sample(range(1, len(text)), min(rng.randint(1, 4), len(text) - 1))
    chosen = set(places)
    return "".join(f"{rng.choice(signs)}{one}" if at in chosen else one for at, one in enumerate(text))


def _without(signs: str) -> Callable[[str], str]:
    return lambda text: "".join(one for one in text if one not in signs)


_BREAKS = ("\n", "\r\n", "\n    ", "\n\t", "\n  | ")
_BREAK = re.compile(r"\r?\n(?:    |\t|  \| )?")


def _break(rng: Random, text: str) -> str:
    at = rng.randint(2, len(text) - 2)
    return f"{text[:at]}{rng.choice(_BREAKS)}{text[at:]}"


_GLUE = (
    ("user_", "_end"),
    ("_", "_"),
    ("ctx_", "_1"),
    ("acct_", "_v2"),
    ("", "_deleted"),
    ("tmp_", ""),
    ("cache_key__", "__x"),
)
_GLUED = re.compile(
    f"^(?:{'|'.join(start for start, _ in _GLUE if start)})|(?:{'|'.join(end for _, end in _GLUE if end)})$"
)


def _glue(rng: Random, text: str) -> str:
    start, end = rng.choice(_GLUE)
    return f"{start}{text}{end}"


def _b64(rng: Random, text: str) -> str:
    encoded = base64.b64encode(text.encode()).decode()
    return encoded.rstrip("=") if rng.random() < 0.2 else encoded


def _b64url(rng: Random, text: str) -> str:
    encoded = base64.urlsafe_b64encode(text.encode()).decode()
    return encoded if rng.random() < 0.2 else encoded.rstrip("=")


PERCENT = Step(_percent, urllib.parse.unquote)
UNICODE_ESCAPES = Step(_unicode_escapes, _undo_unicode_escapes)
X_ESCAPES = Step(_x_escapes, _undo_x_escapes)
HTML = Step(_html, html.unescape)
BASE64 = Step(_b64, _undo_base64)
BASE64URL = Step(_b64url, _undo_base64)
HEX = Step(_hex, _undo_hex)
JSON = Step(_json, _undo_json)
FULL_WIDTH = Step(_full_width, _compatible)
LOOK_ALIKES = Step(_look_alikes, _compatible)
CONFUSABLES = Step(_confuse, lambda text: text.translate(_PLAIN))
ZERO_WIDTH = Step(lambda rng, text: _between(rng, text, _INVISIBLE), _without(_INVISIBLE))
SOFT_HYPHEN = Step(lambda rng, text: _between(rng, text, "\u00ad"), _without("\u00ad"))
BROKEN = Step(_break, lambda text: _BREAK.sub("", text))
GLUED = Step(_glue, lambda text: _GLUED.sub("", text))

"""Encoders of their own for the tests of the lattice, and needles of each kind with what must not be left."""

import base64
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from otel_lift_redaction import RedactionConfig
from otel_lift_redaction.lattice import Lattice
from otel_lift_redaction.rules import Rules

__all__ = ["COMBINED", "FORMS", "NEEDLES", "lattice"]

NEEDLES: Mapping[str, tuple[str, str]] = {
    # rule: (text, the part of it that must not be left); keys are put together so that no scanner takes them for leaks
    "email": ("maria.keller@posteo.example", "maria.keller"),
    "payment_card": ("5200828282828210", "5200828282828210"),
    "iban": ("AT611904300234573201", "1904300234573201"),
    "phone": ("+43 720 880316", "880316"),
    "us_ssn": ("536-22-8145", "8145"),
    "ipv4": ("198.51.100.173", "100.173"),
    "jwt": ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtYXJpYSJ9.kq2W8cJdQv0xZ7bT5sLr1A", "eyJzdWIiOiJtYXJpYSJ9"),
    "bearer": ("Bearer k3J9xQ2mV7tR5zL8nB4c", "k3J9xQ2mV7tR5zL8nB4c"),
    "github_token": ("ghp_" + "R4tY8uIo2pAs6dFg1hJk5lZx9cVb3nMq7wEe", "R4tY8uIo2pAs6dFg1hJk5"),
    "secret": ("password=hUnter77two", "hUnter77two"),
}


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _escapes(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_ENTITIES = {"@": "commat", ".": "period", "=": "equals", "-": "hyphen", "+": "plus", "_": "lowbar"}


def _named(text: str) -> str:
    return "".join(f"&{_ENTITIES[one]};" if one in _ENTITIES else html.escape(one) for one in text) + "&nbsp;"


def _full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _bold(text: str) -> str:
    return "".join(
        chr(0x1D7CE + int(one)) if one.isdigit() else chr(0x1D41A + ord(one) - 97) if "a" <= one <= "z" else one
        for one in text
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _json(text: str) -> str:
    return json.dumps({"id": 7, "note": text})


FORMS: Mapping[str, Callable[[str], str]] = {
    "percent": _percent,
    "percent where needed": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(_percent(text), safe=""),
    "percent three times": lambda text: quote(quote(_percent(text), safe=""), safe=""),
    "form": lambda text: f"/find?a=b+c&q={quote_plus(text)}&d=1",
    "unicode escapes": _escapes,
    "x escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "braced escapes": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
    "decimal entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(one):X};" for one in text),
    "named entities": _named,
    "full-width": _full_width,
    "bold": _bold,
    "zero-width": "\u200b".join,
    "soft hyphens": lambda text: f"{text[:3]}\u00ad{text[3:6]}\u2060{text[6:]}",
    "base64": _base64,
    "base64 without padding": lambda text: _base64(text).rstrip("="),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "data URI": lambda text: f"data:text/plain;base64,{_base64(text)}",
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal with 0x": lambda text: f"0x{text.encode().hex().upper()}",
    "bytes of a database": lambda text: rf"\x{text.encode().hex()}",
    "JSON": _json,
    "JSON in JSON": lambda text: _json(_json(text)),
    "JSON in JSON in JSON": lambda text: _json(_json(_json(text))),
}
"""How a text is written, by name."""

_PAIRS = (
    *(("base64", "percent"), ("JSON", "base64"), ("full-width", "unicode escapes"), ("percent", "JSON")),
    *(("base64", "base64"), ("hexadecimal", "base64"), ("zero-width", "percent"), ("unicode escapes", "JSON in JSON")),
    *(("decimal entities", "percent"), ("JSON in JSON", "base64url"), ("base64", "JSON in JSON"), ("bold", "JSON")),
    *(("JSON", "hexadecimal"), ("JSON", "named entities"), ("percent", "base64"), ("JSON", "percent")),
)
COMBINED: Mapping[str, Callable[[str], str]] = {
    **{
        f"{inner}, {outer}": lambda text, inner=inner, outer=outer: FORMS[outer](FORMS[inner](text))  # type: ignore[misc] # the names are bound for each
        for inner, outer in _PAIRS
    },
    "JSON, base64, percent": lambda text: _percent(_base64(_json(text))),
    "percent, JSON, base64": lambda text: _base64(_json(_percent(text))),
    "full-width, unicode escapes, JSON": lambda text: _json(_escapes(_full_width(text))),
}
"""Two and three of these, the innermost first."""


def lattice(data: Path, **config: object) -> Lattice:
    """Make the lattice of a configuration."""
    return Rules.of(RedactionConfig.model_validate(config), data).lattice

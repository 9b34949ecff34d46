"""What the layers know: kinds of units, names of entities, letters that look alike."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

__all__ = [
    "ENTITIES",
    "ENTITY",
    "ESCAPE",
    "ESCAPES",
    "FOLDED",
    "INVISIBLE",
    "INVISIBLES",
    "LINE",
    "LOOK_ALIKES",
    "NAMES",
    "PERCENT",
    "PLUS",
    "UNICODE",
    "folded",
]

PERCENT, ESCAPE, ENTITY, UNICODE, INVISIBLE, LINE, PLUS = (1 << bit for bit in range(7))

NAMES: Mapping[int, str] = MappingProxyType(
    {
        PERCENT: "percent",
        ESCAPE: "escape",
        ENTITY: "entity",
        UNICODE: "unicode",
        INVISIBLE: "invisible",
        LINE: "line",
        PLUS: "form",
    }
)
"""The kinds of units, by bit, as findings name them."""

ESCAPES: Mapping[str, str] = MappingProxyType(
    {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "/": "/", '"': '"', "'": "'", "\\": "\\"}
)
"""What stands after a backslash, besides numbers."""

ENTITIES: Mapping[str, str] = MappingProxyType(
    {
        "amp": "&",
        "lt": "<",
        "gt": ">",
        "quot": '"',
        "apos": "'",
        "nbsp": " ",
        "commat": "@",
        "period": ".",
        "colon": ":",
        "sol": "/",
        "bsol": "\\",
        "lowbar": "_",
        "hyphen": "-",
        "dash": "-",
        "plus": "+",
        "num": "#",
        "equals": "=",
        "lpar": "(",
        "rpar": ")",
        "comma": ",",
        "semi": ";",
        "excl": "!",
        "ast": "*",
        "dollar": "$",
        "percnt": "%",
        "quest": "?",
        "lsqb": "[",
        "rsqb": "]",
        "lcub": "{",
        "rcub": "}",
        "Tab": "\t",
        "NewLine": "\n",
        "shy": "\u00ad",
        "zwnj": "\u200c",
        "zwj": "\u200d",
    }
)
"""Named entities of HTML for signs of ASCII, and for what cannot be seen."""

INVISIBLES = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
"""Characters that show nothing, as the inside of a class of an expression."""

# where characters stand that compatibility makes letters, digits or signs of ASCII
_BLOCKS = (
    *((0xA0, 0xFF), (0x2B0, 0x2FF), (0x1D2C, 0x1D6A), (0x2000, 0x200A), (0x2010, 0x2027), (0x202F, 0x205F)),
    *((0x2070, 0x209F), (0x2100, 0x218F), (0x2460, 0x24FF), (0x3000, 0x3000), (0x3200, 0x33FF), (0xFB00, 0xFB06)),
    *((0xFE50, 0xFE6F), (0xFF00, 0xFF9F), (0xFFE0, 0xFFEE), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1FF)),
)


@lru_cache(4096)
def folded(character: str) -> str:
    """Answer a character in its compatible form (NFKC), and a digit of any script as one of ASCII."""
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _folds(code: int) -> bool:
    character = chr(code)
    folded = unicodedata.normalize("NFKC", character)
    return (folded != character and any("!" <= one <= "~" for one in folded)) or folded == " " != character


def _class_of(codes: list[int]) -> str:
    """Answer the inside of an expression's class with these code points, which ascend."""
    parts, at = [], 0
    while at < len(codes):
        last = at
        while last + 1 < len(codes) and codes[last + 1] == codes[last] + 1:
            last += 1
        parts.append(f"\\U{codes[at]:08x}-\\U{codes[last]:08x}")
        at = last + 1
    return "".join(parts)


FOLDED = _class_of(
    sorted(
        {code for first, last in _BLOCKS for code in range(first, last + 1) if _folds(code)}
        | {code for code in range(0x80, 0x20000) if chr(code).isdecimal()}
    )
)
"""Characters whose compatible form (NFKC) has signs of ASCII, and digits of all scripts, as the inside of a class."""

_ALIKE = (
    # Cyrillic, Greek, and a few others: the letters that fonts draw like Latin ones
    "аaсcеeоoрpхxуyіiјjѕsԁdһhԛqԝwӏlкkАAВBСCЕEНHІIЈJКKМMОOРPЅSТTХXУYԌGԚQԜWӀI"  # noqa: RUF001 - that is what they are
    "αaοoνvρpιiκkυuγyΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"  # noqa: RUF001 - as above
    "ⅼlⅽcⅾdɑaɡgıiꞌ'՚'‚,․.ꓸ.∙.•.‐-‑-‒-–-—-−-﹣-⁃-"  # noqa: RUF001 - as above
)
LOOK_ALIKES: Mapping[str, str] = MappingProxyType(dict(zip(_ALIKE[::2], _ALIKE[1::2], strict=True)))
"""Letters that look like Latin ones, which compatibility does not know of."""

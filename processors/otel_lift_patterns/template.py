r"""From an error message to its template: what varies becomes a typed placeholder.

The rules are applied in order, each by RE2 over all distinct messages at once, so that no message can take more than
linear time. A rule whose `needs` are in none of the messages is skipped.

Choices that keep one error in one template:

- A placeholder's type never depends on chance. Ids of 7 to 15 hex digits can be all decimal, so they are `<num>` as
  numbers are; a word with a digit inside is `<id>` as a whole, for how far its letters reach varies.
- What stands in quotes is `<quoted>`, whatever it is: quotes mark values, and names of people among them.
- A list of one kind is one placeholder, however long it is.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from otel_lift_patterns.shapes.rules import MAX_MESSAGE

__all__ = ["MAX_TEMPLATE", "Templates", "parameterise"]

MAX_TEMPLATE = 512
"""Characters of a template that are kept."""

_CACHED_LENGTH = 512
_CACHED = 4096

_DIGITS = tuple("0123456789")
_HEX = tuple("0123456789abcdefABCDEF")
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_PERSON_KEYS = "user|user_?name|name|first_?name|last_?name|full_?name|login|owner|email|phone|address|city|street"
# Without their first letter, which may be a capital.
_PEOPLE = "ser|sername|ustomer|ccount|ember|atient|mployee|wner|lient|ecipient|ender|uthor"
_PEOPLE_INITIALS = "UuCcAaMmPpEeOoRrSs"


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str
    replacement: str
    needs: tuple[str, ...] = ()


_RULES = (
    _Rule(r"\s+", " ", ("  ", "\n", "\t", "\r", "\f")),
    # What redaction left, as [email]; other words in brackets take the same form, which harms nothing.
    _Rule(r"[\[<]([a-z][a-z0-9_-]+)(?::[^\[\]<>]*)?[\]>]", r"<\1>", ("[", "<")),
    _Rule(
        r"\B'[^']*'\B|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»|„[^“”]*[“”]",  # noqa: RUF001 - quotes of many languages
        "<quoted>",
        ("'", '"', "`", "“", "‘", "«", "„"),  # noqa: RUF001 - as above
    ),
    _Rule(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>)\]}]+", "<url>", ("://",)),
    _Rule(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", "<email>", ("@",)),
    _Rule(rf"\b((?i:{_PERSON_KEYS})=)[^\s,;&()<>]+", r"\1<name>", ("=",)),
    # A capital here is A to Z or any letter beyond ASCII: the classes of Unicode take RE2 milliseconds to compile.
    _Rule(
        rf"\b([{_PEOPLE_INITIALS}](?:{_PEOPLE})s?:? )[A-Z\x{{C0}}-\x{{FFFF}}][A-Za-z\x{{C0}}-\x{{FFFF}}'-]+"
        r"(?: [A-Z\x{C0}-\x{FFFF}][A-Za-z\x{C0}-\x{FFFF}'-]+)*",
        r"\1<name>",
        tuple(_PEOPLE.split("|")),
    ),
    _Rule(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "<uuid>", ("-",)),
    _Rule(
        rf"\b(?:[A-Z][a-z]+,? )?(?:\d{{1,2}} {_MONTHS}|{_MONTHS} \d{{1,2}}),? \d{{4}}(?: {_CLOCK})?(?: (?:GMT|UTC)\b)?",
        "<time>",
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    _Rule(
        rf"\b\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?"
        rf"|\b\d\d?[/.]\d\d?[/.]\d{{4}}\b|\b{_CLOCK}\b",
        "<time>",
        (":", "-", "/", "."),
    ),
    _Rule(r"\b[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}\b", "<mac>", (":", "-")),
    _Rule(
        r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}\b)?(?::\d{1,5}\b)?"
        r"|\[?\b(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4})+(?:/\d{1,3}\b)?(?:\]:\d{1,5}\b)?"
        r"|\B::[0-9a-fA-F]{1,4}\b",
        "<ip>",
        (".", "::", ":"),
    ),
    _Rule(
        r"\B(?:~|\.{1,2})?/[\w.@~%+:,=-]+(?:/[\w.@~%+:,=-]*)*"
        r"|\b[\w.-]+(?:/[\w.-]+)+\.[A-Za-z]\w{0,4}\b(?::\d+){0,2}|\b[A-Za-z]:\\[^\s\"'<>|]*|\\\\[\w.$-]+\\[^\s\"'<>|]*",
        "<path>",
        ("/", "\\"),
    ),
    _Rule(
        r"(?:\B[-+])?\b(?:\d+(?:[.,]\d+)* ?(?:[nuµm]?s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?))+\b",
        "<duration>",
        _DIGITS,
    ),
    _Rule(r"\b\d+(?:[.,]\d+)* ?(?:[kKMGTP]i?B|[bB]ytes?|B)\b", "<size>", _DIGITS),
    _Rule(
        r"(?:\B[-+])?\b(?:\d+(?:[.,_]\d+)*(?:[eE][-+]?\d{1,3})?|[0-9a-fA-F]{7,15})\b",
        "<num>",
        (*_DIGITS, *"abcdefABCDEF"),
    ),
    _Rule(r"\b(?:0[xX][0-9a-fA-F]+|[0-9a-fA-F]{16,})\b", "<hex>", (*_DIGITS, *"abcdefABCDEF")),
    _Rule(r"\b[A-Za-z_]*\d\w*", "<id>", _DIGITS),
)

_KINDS = ("num", "quoted", "id", "hex", "uuid", "path", "ip", "duration", "email")  # RE2 refers to nine groups
_LIST = _Rule(
    "|".join(rf"(<{kind}>)(?:[,;]? ?<{kind}>)+" for kind in _KINDS),
    "".join(rf"\{number}" for number in range(1, len(_KINDS) + 1)),
    ("><", "> <", ">, <", ">; <", ">,<", ">;<"),
)


def parameterise(messages: Any) -> Any:
    """Answer the templates of messages, an Arrow string array without nulls, as another of the same length."""
    texts = pc.utf8_slice_codeunits(messages, 0, MAX_MESSAGE)
    everything = "\x00".join(texts.to_pylist())
    for rule in _RULES:
        if not rule.needs or any(part in everything for part in rule.needs):
            texts = pc.replace_substring_regex(texts, rule.pattern, rule.replacement)
    everything = "\x00".join(texts.to_pylist())
    if any(part in everything for part in _LIST.needs):
        texts = pc.replace_substring_regex(texts, _LIST.pattern, _LIST.replacement)
    return pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(texts), 0, MAX_TEMPLATE)


class Templates:
    """Templates by the shape of a message, remembered for those seen last; the others cost a look-up."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self.made = 0

    def of(self, shapes: list[str]) -> list[str]:
        """Answer the template of each of some messages, given as `shapes.of_messages` makes them."""
        known = self._known
        fresh = [one for one in dict.fromkeys(shapes) if one not in known]
        made = dict(zip(fresh, parameterise(pa.array(fresh, pa.string())).to_pylist(), strict=True)) if fresh else {}
        self.made += len(fresh)
        answer = [made[one] if one in made else known[one] for one in shapes]
        for one, template in zip(shapes, answer, strict=True):
            if len(one) <= _CACHED_LENGTH:
                known[one] = template
                known.move_to_end(one)
        while len(known) > _CACHED:
            known.popitem(last=False)
        return answer

"""What was found in a text, and how findings of several views become changes that do not touch each other."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from otel_lift_redaction.lattice.tables import ENTITY, ESCAPE, PERCENT

__all__ = ["Finding", "Found", "Spans", "applied", "encoded", "resolved"]

# what stands in a text as it is, whatever encodes it
_SAFE = re.compile(r"[0-9A-Za-z_.:~\[\]-]*")


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of a text: what stood from character `begin` to `end` of it, `before`, becomes `after`.

    `rule` names the rule; where several found something in one encoded run, which is written again as a whole, their
    names, sorted, with commas between. `path` names the layers gone through, the outermost first; () is plain text.
    """

    rule: str
    path: tuple[str, ...]
    begin: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before it is known what stays: `rules` are indices; the lower of two of one `rank` comes first.

    Where `exact`, the span is a whole value of a document; `line` says that it goes over a line's end.
    """

    begin: int
    end: int
    after: str
    rules: frozenset[int]
    path: tuple[str, ...]
    rank: int
    exact: bool = False
    line: bool = False
    wins: bool = False


def applied(text: str, findings: Iterable[Finding]) -> str:
    """Answer the text after findings, which ascend and do not overlap."""
    parts: list[str] = []
    at = 0
    for finding in findings:
        parts += text[at : finding.begin], finding.after
        at = finding.end
    return "".join([*parts, text[at:]])


def encoded(text: str, kinds: Sequence[int]) -> str:
    """Answer a text as it is written under layers, of which the outermost is the first."""
    if _SAFE.fullmatch(text):
        return text
    for kind in reversed(kinds):
        if kind & ESCAPE:
            text = "".join(_ESCAPED.get(one, one) for one in text)
        if kind & ENTITY:
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        if kind & PERCENT:
            text = "".join(one if _SAFE.match(one).group() else _percent(one) for one in text)  # type: ignore[union-attr] # it matches nothing at least
    return text


_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


class Spans:
    """Spans of a text, of which those that overlap are one."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        """Take in spans in any order."""
        self._begins: list[int] = []
        self._ends: list[int] = []
        for begin, end in sorted(spans):
            if self._ends and begin < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)

    def touching(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Answer the spans that overlap with one."""
        first, last = bisect_right(self._ends, begin), bisect_left(self._begins, end)
        return list(zip(self._begins[first:last], self._ends[first:last], strict=True))


def resolved(found: Sequence[Found]) -> list[Found]:
    """Answer findings that do not overlap, ascending: of those that do, one goes over all that they cover.

    That is the longest of them, or else the first.
    """
    kept: list[Found] = []
    end = -1
    for one in sorted(found, key=lambda one: (one.begin, -one.end, one.rank)):
        if kept and one.begin < end:
            last = kept[-1]
            size, other = last.end - last.begin, one.end - one.begin
            better = (one.wins, other, -one.rank) > (last.wins, size, -last.rank)
            end = max(end, one.end)
            winner = one if better else last
            kept[-1] = replace(winner, begin=last.begin, end=end)
        else:
            kept.append(one)
            end = one.end
    return kept

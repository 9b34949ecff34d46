"""The lattice: a text is decoded layer by layer, what the rules find is told in places of the text as it came."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np

from otel_lift_redaction.keys import KeyMatcher
from otel_lift_redaction.lattice.clip import Structure
from otel_lift_redaction.lattice.decoding import decode, joined, spaced
from otel_lift_redaction.lattice.documents import documents
from otel_lift_redaction.lattice.found import Finding, Found, Spans, encoded, resolved
from otel_lift_redaction.lattice.joins import goes_on
from otel_lift_redaction.lattice.names import Clean
from otel_lift_redaction.lattice.opaque import Run, runs
from otel_lift_redaction.lattice.suspects import Suspects
from otel_lift_redaction.lattice.tables import ENTITY, ESCAPE, LINE, PERCENT
from otel_lift_redaction.lattice.trace import Change
from otel_lift_redaction.lattice.views import View

__all__ = ["ENCODED", "Lattice", "Limits"]

ENCODED = "encoded"
"""The rule that takes out what is still encoded where decoding has reached its bound."""

_WORD = re.compile(r"""[^\s"'<>(){}\[\],;]+""")
_LEAST = 256  # characters that may be decoded of the shortest text

Detect = Callable[[Sequence[str]], list[list[Change]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many layers are decoded, and how many characters, as a multiple of the text's own."""

    depth: int
    work: int


@dataclass(slots=True)
class _Purse:
    """How many characters may still be decoded of a value."""

    left: int

    def pay(self, characters: int) -> bool:
        self.left -= characters
        return self.left >= 0


@dataclass(slots=True)
class _Node:
    """A text with its views, the main ones of which each is the next layer of the one before."""

    text: str
    main: list[View]
    structures: list[Structure] = field(default_factory=list)
    views: list[tuple[View, int]] = field(default_factory=list)  # with the place of the main view it belongs to
    children: list[tuple[View, Run, "_Node"]] = field(default_factory=list)
    left: list[tuple[View, int, int]] = field(default_factory=list)
    changes: list[list[Change]] = field(default_factory=list)


class Lattice:
    """Finds what the rules find, however it is encoded."""

    def __init__(
        self, detect: Detect, keys: KeyMatcher, names: Sequence[str], limits: Limits, suspects: Suspects
    ) -> None:
        """Keep what finds in plain texts, the rules for names in JSON, the names of all rules, and the cheap test."""
        self.suspects = suspects
        """Says which texts are worth the work; it learns which names in JSON no rule falls on."""
        self._detect = detect
        self._keys = keys
        self._names = tuple(names)
        self._limits = limits
        self._clean = Clean(keys)
        self._encoded = frozenset({self._names.index(ENCODED)})

    def inspect(self, text: str) -> list[Finding]:
        """Answer all that is found in a text, ascending; the text after these is what the processor writes."""
        return [
            Finding(
                ",".join(sorted(self._names[rule] for rule in one.rules)),
                one.path,
                one.begin,
                one.end,
                text[one.begin : one.end],
                one.after,
            )
            for one in self.find([text])[0]
        ]

    def find(self, texts: Sequence[str]) -> list[list[Found]]:
        """Answer what is found in each of some texts, as `inspect` does."""
        nodes = [self._expanded(text, 0, _Purse(self._limits.work * len(text) + _LEAST)) for text in texts]
        waiting, flat = list(nodes), []
        while waiting:
            node = waiting.pop()
            flat.append(node)
            waiting += [child for *_, child in node.children]
        found = iter(self._detect([view.text for node in flat for view, _ in node.views]))
        for node in flat:
            self.suspects.learn(self._clean.names(view.text for view in node.main))
            node.changes = [next(found) for _ in node.views]
        return [self._folded(node) for node in nodes]

    def _expanded(self, text: str, depth: int, purse: _Purse) -> _Node:
        view = View(text)
        node = _Node(text, [view])
        seen: set[tuple[int, int, str]] = set()
        while True:
            level = len(node.main) - 1
            found = list(documents(view.text)) if "{" in view.text or "[" in view.text else []
            node.structures.append(Structure.of(found, view, self._keys))
            node.views.append((view, level))
            siblings = list(_siblings(view))
            node.views += [(sibling, level) for sibling in siblings]
            for one in (view, *siblings):
                for run in runs(one.text):
                    place = (*one.source(run.begin, run.end), run.text)
                    if place in seen:
                        continue
                    seen.add(place)
                    if depth + level < self._limits.depth and purse.pay(len(run.text)):
                        node.children.append((one, run, self._expanded(run.text, depth + level + 1, purse)))
                    else:
                        node.left.append((one, run.begin, run.end))
            decoded = decode(_masked(view.text, node.structures[-1]))
            if decoded is None:
                return node
            following = View.of(decoded, view)
            if depth + level >= self._limits.depth or not purse.pay(len(following.text)):
                node.left += [(view, begin, end) for begin, end in _words(view.text, following)]
                return node
            view = following
            node.main.append(view)

    def _folded(self, node: _Node) -> list[Found]:
        """Answer the findings of a node in places of its text."""
        found: list[Found] = []
        for rank, ((view, level), changes) in enumerate(zip(node.views, node.changes, strict=True)):
            found += self._of_view(node, view, level, rank, changes)
        rank = len(node.views)
        for structure, view in zip(node.structures, node.main, strict=True):
            found += structure.by_key(view, rank)
        for view, run, child in node.children:
            if (inner := self._folded(child)) != []:
                found.append(_rewritten(node, view, run, inner, rank))
        for view, begin, end in node.left:
            source = view.source(begin, end)
            path = _path(node, view, begin, end)
            found.append(Found(*source, f"[{ENCODED}]", self._encoded, path, rank))
        spared = Spans(
            span for structure, view in zip(node.structures, node.main, strict=True) for span in structure.kept(view)
        )
        found = [one for one in found if not spared.touching(one.begin, one.end)]
        units = node.main[-1].units() if len(node.main) > 1 else None
        found = [_snapped(one, node.main[-1].text, units) if units and not one.exact else one for one in found]
        plain = Spans((one.begin, one.end) for one in found if not one.line)
        kept = [one for one in found if not one.line or goes_on(node.text, one, plain, self._names)]
        for structure in node.structures:
            kept = [piece for one in kept for piece in structure.clipped(one)]
        return resolved([one for one in kept if one.begin < one.end and node.text[one.begin : one.end] != one.after])

    def _of_view(self, node: _Node, view: View, level: int, rank: int, changes: Sequence[Change]) -> Iterator[Found]:
        over_lines = view is not node.main[level] and bool(np.any(view.kinds & LINE))
        for change in changes:
            begin, end = view.source(change.begin, change.end)
            if over_lines and not np.any(view.kinds[change.begin + 1 : change.end] & LINE):
                continue
            after = encoded(change.after, view.kinds_in(change.begin, change.end))
            path = _path(node, view, change.begin, change.end)
            yield Found(begin, end, after, frozenset({change.rule}), path, rank, line=over_lines)


def _siblings(view: View) -> Iterator[View]:
    """Yield what else the text of a view may mean: with lines joined, or as a form's values; a few at most."""
    for lines in joined(view.text):
        yield View.of(lines, view)
    if (decoded := spaced(view.text)) is not None:
        form = View.of(decoded, view)
        yield form
        if (decoded := decode(form.text)) is not None:
            yield View.of(decoded, form)


def _masked(text: str, structure: Structure) -> str:
    """Answer the text without the quotes around a document's texts, so that those inside can be told from them."""
    if not structure.quotes:
        return text
    parts: list[str] = []
    at = 0
    for place in structure.quotes:
        parts += text[at:place], "\r"
        at = place + 1
    return "".join([*parts, text[at:]])


def _words(text: str, view: View) -> Iterator[tuple[int, int]]:
    """Yield the words of a text in which something is encoded still; `view` is the text decoded."""
    places = view.begins[(view.kinds & (PERCENT | ESCAPE | ENTITY)) != 0]
    at = 0
    for word in _WORD.finditer(text):
        at += int(np.searchsorted(places[at:], np.int32(word.start())))
        if at == len(places):
            return
        if places[at] < word.end():
            yield word.span()


def _path(node: _Node, view: View, begin: int, end: int) -> tuple[str, ...]:
    """Answer the names of the layers above a span of a view, the documents that it lies in among them."""
    source = view.source(begin, end)
    names: list[str] = []
    for structure, step in zip_longest(node.structures, view.steps(begin, end)):
        if structure is not None and structure.holds(*source):
            names.append("json")
        names += step or ()
    return tuple(names)


def _rewritten(node: _Node, view: View, run: Run, inner: Sequence[Found], rank: int) -> Found:
    """Answer the finding of a run in which something was found: written again, or gone if it was all of it."""
    text = run.text.strip()
    (first, *others) = inner
    path = (*_path(node, view, run.begin, run.end), run.name, *first.path)
    rules = frozenset().union(*(one.rules for one in inner))
    if not others and run.text[first.begin : first.end] == text:
        after = first.after
    else:
        parts: list[str] = []
        at = 0
        for one in inner:
            parts += run.text[at : one.begin], one.after
            at = one.end
        after = run.write("".join([*parts, run.text[at:]]))
    after = encoded(after, view.kinds_in(run.begin, run.end))
    return Found(*view.source(run.begin, run.end), after, rules, path, rank)


def _snapped(one: Found, text: str, units: tuple[np.ndarray, np.ndarray]) -> Found:
    """Move the ends of a finding out of the middle of an escape: off one of a space or a quote, else over it."""
    begins, ends = units
    begin, end = one.begin, one.end
    place = int(np.searchsorted(begins, np.int32(begin), side="right")) - 1
    if place >= 0 and begins[place] < begin < ends[place]:
        begin = int(ends[place] if _parts(text[place]) else begins[place])
    place = int(np.searchsorted(begins, np.int32(end), side="left")) - 1
    if place >= 0 and begins[place] < end < ends[place]:
        end = int(begins[place] if _parts(text[place]) else ends[place])
    return one if (begin, end) == (one.begin, one.end) else replace(one, begin=begin, end=end)


def _parts(character: str) -> bool:
    return character.isspace() or character in "\"'\\\x08\x0c"

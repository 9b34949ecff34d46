"""The structure of a text: its JSON documents, which findings must leave whole, and the names in them."""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from otel_lift_redaction.config import KeyRule
from otel_lift_redaction.keys import BUILT_IN_KEYS, KeyMatcher, KeyRuleInUse
from otel_lift_redaction.lattice.documents import Document, Value
from otel_lift_redaction.lattice.found import Found, encoded
from otel_lift_redaction.lattice.tables import ESCAPE
from otel_lift_redaction.lattice.views import View

__all__ = ["Structure"]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SHOWN = re.compile(r"\[[a-z][a-z0-9_]*(?::[0-9a-f]+)?\]")
_BUILT_IN: frozenset[KeyRule] = frozenset(BUILT_IN_KEYS)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A text's inside, a name's, or a number, in places of the text itself; `quote` is how its quotes are written."""

    begin: int
    end: int
    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Structure:
    """The documents of a view; `quotes` are the places in it of the quotes around their texts."""

    quotes: list[int]
    _begins: list[int]
    _ends: list[int]
    _leaves: list[_Leaf]
    _leaf_ends: list[int]
    _ruled: list[tuple[Value, KeyRuleInUse, str]]

    @classmethod
    def of(cls, found: Sequence[Document], view: View, keys: KeyMatcher) -> "Structure":
        """Take in the documents of a view, ascending."""
        quotes: list[int] = []
        spans, leaves = [], []
        ruled: list[tuple[Value, KeyRuleInUse, str]] = []
        for document in found:
            spans.append(view.source(document.begin, document.end))
            quote = _quote(document, view)
            for leaf in document.leaves:
                if leaf.kind in {"string", "name"}:
                    quotes += leaf.begin, leaf.end - 1
                    if leaf.end - leaf.begin > 2:
                        inside = view.source(leaf.begin + 1, leaf.end - 1)
                        leaves.append(_Leaf(*inside, leaf.kind, quote))
                elif leaf.kind == "number":
                    leaves.append(_Leaf(*view.source(leaf.begin, leaf.end), leaf.kind, quote))
            ruled += [
                (value, rule, quote)
                for value in (*document.leaves, *document.containers)
                if value.name is not None and (rule := keys.find(value.name[0]) or keys.find(value.name[1])) is not None
            ]
        return cls(
            quotes,
            [begin for begin, _ in spans],
            [end for _, end in spans],
            leaves,
            [leaf.end for leaf in leaves],
            ruled,
        )

    def holds(self, begin: int, end: int) -> bool:
        """Whether a document holds a span of the text itself."""
        place = bisect_right(self._begins, begin) - 1
        return place >= 0 and self._ends[place] >= end

    def clipped(self, found: Found) -> Iterator[Found]:
        """Yield a finding, or its parts in the texts and numbers of documents, so that these stay documents."""
        first = bisect_right(self._ends, found.begin)
        last = bisect_left(self._begins, found.end)
        if found.exact or first == last:
            yield found
            return
        begin, end = found.begin, found.end
        if (
            begin <= self._begins[first]
            and end >= self._ends[last - 1]
            and (begin, end)
            != (
                self._begins[first],
                self._ends[last - 1],
            )
        ):
            yield found
            return
        if begin < self._begins[first]:
            yield replace(found, end=self._begins[first])
        for place in range(bisect_right(self._leaf_ends, begin), len(self._leaves)):
            leaf = self._leaves[place]
            if leaf.begin >= end:
                break
            if leaf.kind == "number":
                numeric = _NUMBER.fullmatch(found.after) is not None
                after = found.after if numeric else f"{leaf.quote}{found.after}{leaf.quote}"
                yield replace(found, begin=leaf.begin, end=leaf.end, after=after, exact=True)
            else:
                yield replace(found, begin=max(begin, leaf.begin), end=min(end, leaf.end))
        if end > self._ends[last - 1]:
            yield replace(found, begin=self._ends[last - 1])

    def by_key(self, view: View, rank: int) -> Iterator[Found]:
        """Yield what the rules by key change of the values under their names."""
        for value, rule, quote in self._ruled:
            action = rule.config.action
            text = view.text[value.begin : value.end]
            plain = _plain(text) if value.kind == "string" else text
            if action == "keep" or value.kind == "word" or not plain or _SHOWN.fullmatch(plain):
                continue
            kinds = view.kinds_in(value.begin, value.end)
            begin, end = view.source(value.begin, value.end)
            if action == "drop":
                after = "null"
            else:
                shown = rule.replace(plain)
                numeric = value.kind == "number" and _NUMBER.fullmatch(shown)
                after = shown if numeric else f"{quote}{encoded(shown, [*kinds, ESCAPE])}{quote}"
            path = (*view.path(value.begin, value.end), "json")
            wins = rule.config not in _BUILT_IN
            if value.kind == "string" and action != "drop":
                begin, end = view.source(value.begin + 1, value.end - 1)
                after = after[len(quote) : len(after) - len(quote)]
            yield Found(begin, end, after, frozenset({rule.index}), path, rank, exact=True, wins=wins)

    def kept(self, view: View) -> Iterator[tuple[int, int]]:
        """Yield the spans of values that a rule by key spares, in places of the text itself."""
        for value, rule, _ in self._ruled:
            if rule.config.action == "keep":
                yield view.source(value.begin, value.end)


def _quote(document: Document, view: View) -> str:
    """Answer how a quote is written where the document stands."""
    for leaf in document.leaves:
        if leaf.kind in {"string", "name"}:
            begin, end = view.source(leaf.begin, leaf.begin + 1)
            root = view
            while root.parent is not None:
                root = root.parent
            return root.text[begin:end]
    return encoded('"', view.kinds_in(document.begin, document.end))


def _plain(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]

"""One rule applied to a column of texts: matched and rewritten by RE2, candidates verified in Python."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift_redaction.actions import placeholder
from otel_lift_redaction.checks import Check
from otel_lift_redaction.detectors import IPV4_HOST, Detector
from otel_lift_redaction.forms import FINDERS, Finder, Spans, splice

__all__ = ["Edit", "Rule", "applied", "matches"]

_Rows = npt.NDArray[np.int32]

# no client can write these, so what stands between them is what RE2 found
_OPEN = f"\x02{secrets.token_hex(8)}\x02"
_CLOSE = f"\x03{secrets.token_hex(8)}\x03"

_CACHED_TEXTS = 4096
# a longer text is worked on each time, so that the cache's memory has a bound
_CACHED_LENGTH = 512


class Edit(NamedTuple):
    """What stands from character `begin` to `end` of a text becomes `after`."""

    begin: int
    end: int
    after: str


def matches(values: Any, pattern: str) -> npt.NDArray[np.bool_]:
    """Whether each text matches the RE2 expression somewhere, shape (n,)."""
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector and what is done where it matches.

    `replace` answers what a match becomes; where that is always one text, it is `shown`. `rewrite`, where given, says
    the same as an RE2 rewrite of `rewritten` and spares the call for each match. `finder`, where given, finds what the
    detector finds without an expression, or the part of it in whose place `shown` comes.
    """

    detector: Detector
    replace: Callable[[str], str]
    pattern: str
    rewritten: str
    rewrite: str | None
    shown: str | None
    finder: Finder | None
    _verified: Callable[[str], str]

    @classmethod
    def mask(cls, detector: Detector) -> "Rule":
        """Put the rule's placeholder in place of what is found."""
        shown = placeholder(detector.name)
        finder = FINDERS.get(detector.name)
        if detector.before or detector.after:
            return cls._of(detector, lambda _: shown, detector.pattern, rf"\1{shown}\3", shown, finder)
        return cls._of(detector, lambda _: shown, detector.core, shown, shown, finder)

    @classmethod
    def by(cls, detector: Detector, replace: Callable[[str], str]) -> "Rule":
        """Put in place of what is found what `replace` makes of it."""
        return cls._of(detector, replace, detector.pattern, None, None, FINDERS.get(detector.name))

    @classmethod
    def to_network(cls, detector: Detector, replace: Callable[[str], str]) -> "Rule":
        """Put its network in place of an IPv4 address: `replace` does, and so does a zero for its last number."""
        return cls._of(detector, replace, IPV4_HOST, r"\1\2.0\3", "0", FINDERS.get("ipv4_host"))

    @classmethod
    def _of(
        cls,
        detector: Detector,
        replace: Callable[[str], str],
        rewritten: str,
        rewrite: str | None,
        shown: str | None,
        finder: Finder | None,
    ) -> "Rule":
        def verified(marked: str) -> str:
            return _replace_marked(marked, detector.check, replace)

        # matching needs no groups, and is faster without
        whole = f"(?:{detector.before})(?:{detector.core})(?:{detector.after})"
        cached = lru_cache(_CACHED_TEXTS)(verified)
        return cls(
            detector,
            replace,
            whole,
            rewritten,
            rewrite,
            shown,
            finder,
            lambda marked: cached(marked) if len(marked) <= _CACHED_LENGTH else verified(marked),
        )

    def apply(self, texts: Any) -> tuple[_Rows, Any]:
        """Answer which of the distinct texts of a string array change, and an array of what these become."""
        if self.finder is not None:
            return self._apply_finder(texts, self.finder(texts))
        rows = np.arange(len(texts), dtype=np.int32)
        if not self.detector.common:
            matched = matches(texts, self.pattern)
            rows, texts = rows[matched], texts.filter(pa.array(matched))
            if not len(rows):
                return rows, texts
        rewritten = self._rewritten(texts)
        changed = pc.not_equal(rewritten, texts)
        return rows[changed.to_numpy(zero_copy_only=False)], rewritten.filter(changed)

    def _apply_finder(self, texts: Any, spans: Spans) -> tuple[_Rows, Any]:
        if self.shown is not None:
            return splice(texts, spans, self.shown)
        rows, of_span = np.unique(spans[:, 0], return_inverse=True)
        raw = [text.encode() for text in arrays.gather(texts, rows).to_pylist()]
        found = [raw[at][begin:end].decode() for at, (_, begin, end) in zip(of_span, spans.tolist(), strict=True)]
        places, replaced = splice(texts, spans, [self.replace(text) for text in found])
        changed = pc.not_equal(replaced, arrays.gather(texts, places))
        return places[changed.to_numpy(zero_copy_only=False)], replaced.filter(changed)

    def find(self, texts: Any) -> list[list[Edit]]:
        """Answer of each of some texts what `apply` changes in it, ascending and none in another."""
        detector = self.detector
        found: list[list[Edit]] = [[] for _ in range(len(texts))]
        matched = matches(texts, self.pattern)
        doubtful = matched & matches(texts, detector.doubt) if detector.doubt is not None else np.zeros_like(matched)
        verified = doubtful if detector.doubt is not None or detector.check is None else matched
        for rows, core, check in (
            (matched & ~verified, detector.core, None),
            (verified, (detector.doubt and detector.run) or detector.core, detector.check),
        ):
            if rows.any():
                marked = self._marked(texts.filter(pa.array(rows)), core)
                for row, text in zip(np.flatnonzero(rows).tolist(), marked.to_pylist(), strict=True):
                    found[row] = _edits(text, check, self.replace)
        return found

    def _rewritten(self, values: Any) -> Any:
        detector = self.detector
        if detector.doubt is None and detector.check is not None:
            return self._apply_verified(values, detector.core)
        clear = (
            self._apply_verified(values, detector.core)
            if self.rewrite is None
            else pc.replace_substring_regex(values, self.rewritten, self.rewrite)
        )
        if detector.doubt is None:
            return clear
        doubtful = matches(values, detector.doubt)
        if not doubtful.any():
            return clear
        verified = self._apply_verified(values.filter(pa.array(doubtful)), detector.run or detector.core)
        return arrays.put(clear, np.flatnonzero(doubtful), verified)

    def _apply_verified(self, values: Any, core: str) -> Any:
        return pa.array([self._verified(text) for text in self._marked(values, core).to_pylist()], pa.string())

    def _marked(self, values: Any, core: str) -> Any:
        """Put marks around what is found."""
        detector = self.detector
        if detector.before or detector.after:
            pattern, rewrite = f"({detector.before})({core})({detector.after})", rf"\1{_OPEN}\2{_CLOSE}\3"
        else:
            pattern, rewrite = core, rf"{_OPEN}\0{_CLOSE}"
        return pc.replace_substring_regex(values, pattern, rewrite)


def _edits(marked: str, check: Check | None, replace: Callable[[str], str]) -> list[Edit]:
    first, *rest = marked.split(_OPEN)
    place, edits = len(first), []
    for piece in rest:
        candidate, _, kept = piece.partition(_CLOSE)
        for start, end in [(0, len(candidate))] if check is None else check(candidate):
            edits.append(Edit(place + start, place + end, replace(candidate[start:end])))
        place += len(candidate) + len(kept)
    return edits


def _replace_marked(marked: str, check: Check | None, replace: Callable[[str], str]) -> str:
    text = marked.replace(_OPEN, "").replace(_CLOSE, "")
    return applied(text, _edits(marked, check, replace))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Answer the text after edits, which ascend."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += text[at : edit.begin], edit.after
        at = edit.end
    return "".join([*parts, text[at:]])

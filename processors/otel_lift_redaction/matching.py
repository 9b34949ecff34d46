"""One rule applied to a column of texts: matched and rewritten by RE2, candidates verified in Python."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift_redaction.actions import placeholder
from otel_lift_redaction.checks import Check
from otel_lift_redaction.detectors import Detector

__all__ = ["Rule", "matches"]

# no client can write these, so what stands between them is what RE2 found
_OPEN = f"\x02{secrets.token_hex(8)}\x02"
_CLOSE = f"\x03{secrets.token_hex(8)}\x03"

_CACHED_TEXTS = 4096
# a longer text is worked on each time, so that the cache's memory has a bound
_CACHED_LENGTH = 512


def matches(values: Any, pattern: str) -> npt.NDArray[np.bool_]:
    """Whether each text matches the RE2 expression somewhere, shape (n,)."""
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector and what is done where it matches.

    `replace` answers what a match becomes. `rewrite`, where given, says the same as an RE2 rewrite of `rewritten`
    and spares the call for each match.
    """

    detector: Detector
    replace: Callable[[str], str]
    pattern: str
    rewritten: str
    rewrite: str | None
    _verified: Callable[[str], str]

    @classmethod
    def mask(cls, detector: Detector) -> "Rule":
        """Put the rule's placeholder in place of what is found."""
        shown = placeholder(detector.name)
        if detector.before or detector.after:
            return cls._of(detector, lambda _: shown, detector.pattern, rf"\1{shown}\3")
        return cls._of(detector, lambda _: shown, detector.core, shown)

    @classmethod
    def by(cls, detector: Detector, replace: Callable[[str], str]) -> "Rule":
        """Put in place of what is found what `replace` makes of it."""
        return cls._of(detector, replace, detector.pattern, None)

    @classmethod
    def rewriting(cls, detector: Detector, replace: Callable[[str], str], pattern: str, rewrite: str) -> "Rule":
        """As `by`, where an RE2 rewrite of `pattern` says the same as `replace` of a match without doubt."""
        return cls._of(detector, replace, pattern, rewrite)

    @classmethod
    def _of(cls, detector: Detector, replace: Callable[[str], str], rewritten: str, rewrite: str | None) -> "Rule":
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
            lambda marked: cached(marked) if len(marked) <= _CACHED_LENGTH else verified(marked),
        )

    @property
    def eager(self) -> bool:
        """Whether to rewrite without matching first."""
        return self.detector.common and self.rewrite is not None

    def apply(self, values: Any) -> Any:
        """Rewrite a string array of distinct texts; those in which nothing is found stay as they are."""
        detector = self.detector
        if self.rewrite is None or (detector.check is not None and detector.doubt is None):
            return self._apply_verified(values, detector.core)
        if detector.doubt is None:
            return pc.replace_substring_regex(values, self.rewritten, self.rewrite)
        doubtful = matches(values, detector.doubt)
        clear = pc.replace_substring_regex(values, self.rewritten, self.rewrite)
        if not doubtful.any():
            return clear
        verified = self._apply_verified(values.filter(pa.array(doubtful)), detector.run or detector.core)
        order = np.where(doubtful, len(values) + np.cumsum(doubtful) - 1, np.arange(len(values)))
        return pa.concat_arrays([clear, verified]).take(pa.array(order))

    def _apply_verified(self, values: Any, core: str) -> Any:
        detector = self.detector
        if detector.before or detector.after:
            pattern, rewrite = f"({detector.before})({core})({detector.after})", rf"\1{_OPEN}\2{_CLOSE}\3"
        else:
            pattern, rewrite = core, rf"{_OPEN}\0{_CLOSE}"
        marked = pc.replace_substring_regex(values, pattern, rewrite)
        return pa.array([self._verified(text) for text in marked.to_pylist()], pa.string())


def _replace_marked(marked: str, check: Check | None, replace: Callable[[str], str]) -> str:
    first, *rest = marked.split(_OPEN)
    parts = [first]
    for piece in rest:
        candidate, _, kept = piece.partition(_CLOSE)
        at = 0
        for start, end in [(0, len(candidate))] if check is None else check(candidate):
            parts += candidate[at:start], replace(candidate[start:end])
            at = end
        parts += candidate[at:], kept
    return "".join(parts)

"""What a detector is, and where texts start and end."""

from dataclasses import dataclass

from otel_lift_redaction.checks import Check
from otel_lift_redaction.triggers import Trigger

__all__ = ["EDGE", "END", "LOOSE", "NOT_HEX", "WIDE", "Detector"]


@dataclass(frozen=True, slots=True)
class Detector:
    """One pattern of a named rule; a rule may have several.

    `core` is what is redacted, `before` and `after` its kept context (all without capturing groups). Where `check` is
    given, it verifies each candidate; with `doubt` too, only in values that match that expression, where candidates
    are what `run` finds. `trigger` says which triggers a value must have one of; the detector is `common` if most such
    values match.
    """

    name: str
    trigger: Trigger
    core: str
    before: str = ""
    after: str = ""
    check: Check | None = None
    doubt: str | None = None
    common: bool = False
    run: str | None = None

    @property
    def pattern(self) -> str:
        """The whole expression; group 1 is the context before, group 2 what is redacted, group 3 the context after."""
        return f"({self.before})({self.core})({self.after})"


EDGE = r"\b|_|\\[bfnrt]"
"""Where a text starts that gives itself away by its form.

That is at a word's start, after an underscore, and after the escape of a line's end or a tab, as JSON in a string has.
"""

END = r"\b|_"
"""Where such a text ends."""

LOOSE = r"^|[^0-9A-Za-z.-]|(?:^|[^0-9])[.-]|\\[bfnrt]"
"""Where a text starts that is mostly digits: not in a word, nor after a dot or a dash that goes on from a number."""

NOT_HEX = r"(?:[G-WYZg-wyz]|(?:^|[^0])[Xx])[A-Fa-f]{0,3}"
"""What a number is glued to that stands in a word, and not in a number of hexadecimal."""

WIDE = r"\x{80}-\x{10ffff}"
"""All that is not ASCII, as one state of the automaton."""

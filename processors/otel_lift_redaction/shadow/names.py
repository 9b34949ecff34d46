"""Attribute keys as a report may show them."""

from collections.abc import Iterable

from otel_lift_redaction.bodies import Finder, redact_texts
from otel_lift_redaction.shadow.tally import OTHERS

__all__ = ["Names"]

_MAX_KEYS = 500
_MAX_LENGTH = 200


class Names:
    """What stands for each key: the key without all that one of the finders finds, cut at a length.

    So many keys are told apart; those that come later are one.
    """

    def __init__(self, *finders: Finder) -> None:
        """Keep what finds personal data, each of which is asked."""
        self._finders = finders
        self._known: dict[str, str] = {}

    def learn(self, keys: Iterable[str]) -> None:
        """Get new keys ready to be shown."""
        new = [key for key in dict.fromkeys(keys) if key not in self._known][: _MAX_KEYS - len(self._known)]
        shown = new
        for finder in self._finders:
            shown = redact_texts(finder, shown)
        self._known.update(zip(new, (text[:_MAX_LENGTH] for text in shown), strict=True))

    def __getitem__(self, key: str) -> str:
        """Answer what stands for a key."""
        return self._known.get(key, OTHERS)

"""Names in JSON that no rule by key can fall on, whatever names are above them."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from otel_lift_redaction.keys import KeyMatcher

__all__ = ["Clean", "names_in"]

_NAME_END = re.compile(rb"\"[ \t\r\n]*+:")
_LONGEST = 64  # bytes
_CACHED_NAMES = 4096
_PARTS = re.compile(r"[.*]")


def names_in(text: str) -> Iterator[bytes | None]:
    """Yield what stands in quotes before a colon, in UTF-8; None for what is long or has an escape."""
    raw = text.encode()
    for found in _NAME_END.finditer(raw):
        begin = raw.rfind(b'"', max(found.start() - _LONGEST - 1, 0), found.start())
        name = raw[begin + 1 : found.start()]
        yield None if begin < 0 or b"\\" in name else name


class Clean:
    """Knows of a name that no rule has a part of it."""

    def __init__(self, keys: KeyMatcher) -> None:
        """Take one part of each glob of the rules, which stands in one name of whatever the glob matches."""
        globs = [glob for rule in keys.rules for glob in rule.config.match]
        parts = [next(filter(None, _PARTS.split(glob.lower().replace("-", "_"))), "") for glob in globs]
        self._parts = tuple(dict.fromkeys(parts))
        self._is_clean = lru_cache(_CACHED_NAMES)(self._look)

    def names(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield the names in some texts that are clean."""
        for text in texts:
            for name in names_in(text):
                if name is not None and self._is_clean(plain := name.decode()):
                    yield plain

    def _look(self, name: str) -> bool:
        plain = name.lower().replace("-", "_")
        return not any(part in plain for part in self._parts)

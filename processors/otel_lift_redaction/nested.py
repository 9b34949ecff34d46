"""Values with an inside: arrays and maps (JSON text, see `otel_lift.batch.ValueType`) and bytes (base64).

They are read, their leaves and keys scanned as one column, and those with a finding written again, so that JSON
stays JSON and base64 base64.
"""

import base64
import binascii
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import ValueType
from otel_lift_redaction.keys import KeyMatcher
from otel_lift_redaction.lattice import ColumnScanner
from otel_lift_redaction.triggers import LONG_NUMBER

__all__ = ["NESTED", "Changed", "NestedRedactor"]

NESTED = (ValueType.ARRAY, ValueType.KVLIST, ValueType.BYTES)
"""The types that are read before they are scanned."""

_CACHED_VALUES = 4096
_CACHED_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Changed:
    """A value written again, and the indices of the rules that made it so; `text` is None where nothing was found."""

    text: str | None
    rules: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Leaves:
    """The texts inside a value, in the order of a walk; a second walk takes their replacements in the same order."""

    texts: list[str] = field(default_factory=list)
    rules: set[int] = field(default_factory=set)

    def add(self, text: str) -> str:
        self.texts.append(text)
        return text


class NestedRedactor:
    """Redacts values that have an inside; remembers the outcome of recent ones."""

    def __init__(self, scanner: ColumnScanner, keys: KeyMatcher) -> None:
        """Keep what scans the leaves, and the rules for keys inside."""
        self._scanner = scanner
        self._keys = keys
        self._known: OrderedDict[tuple[int, str], Changed] = OrderedDict()

    def redact(self, values: Sequence[tuple[int, str]]) -> list[Changed]:
        """Answer the outcome for each (type, text); a text that is not of its type is scanned as it stands."""
        outcomes = {value: self._known[value] for value in values if value in self._known}
        unknown = [value for value in dict.fromkeys(values) if value not in outcomes]
        for value, outcome in zip(unknown, self._redact(unknown), strict=True):
            outcomes[value] = outcome
            if len(value[1]) <= _CACHED_LENGTH:
                self._known[value] = outcome
        while len(self._known) > _CACHED_VALUES:
            self._known.popitem(last=False)
        return [outcomes[value] for value in values]

    def _redact(self, values: Sequence[tuple[int, str]]) -> list[Changed]:
        trees = [_read(*value) for value in values]
        leaves = [_Leaves() for _ in values]
        for (_, tree), own in zip(trees, leaves, strict=True):
            self._walk(tree, "", own.add, own.rules)
        texts = [text for own in leaves for text in own.texts]
        replaced, marks = self._scan(texts)
        outcomes, first = [], 0
        for (write, tree), own in zip(trees, leaves, strict=True):
            rows = range(first, first + len(own.texts))
            first += len(own.texts)
            rules = own.rules.union(*(marks[row].nonzero()[0].tolist() for row in rows if row in marks))
            if not rules:
                outcomes.append(Changed(None))
                continue
            replay = _replay([replaced.get(row, text) for row, text in zip(rows, own.texts, strict=True)])
            again = self._walk(tree, "", replay, set())
            outcomes.append(Changed(write(again), frozenset(rules)))
        return outcomes

    def _scan(self, texts: Sequence[str]) -> tuple[dict[int, str], dict[int, npt.NDArray[np.bool_]]]:
        """Answer what became of the texts that were changed, and by which rules, by their place."""
        column = pa.array(texts, pa.string())
        candidates = self._scanner.candidates(column)
        if candidates is None:
            return {}, {}
        found = self._scanner.scan(arrays.gather(column, candidates.firsts), candidates.bits)
        changed = dict(zip(found.rows.tolist(), zip(found.texts.to_pylist(), found.marks, strict=True), strict=True))
        hits = [
            (row, *changed[code])
            for row, code in zip(candidates.rows.tolist(), candidates.codes.tolist(), strict=True)
            if code in changed
        ]
        return {row: text for row, text, _ in hits}, {row: marks for row, _, marks in hits}

    def _walk(self, value: Any, path: str, visit: Callable[[str], str], rules: set[int]) -> Any:
        match value:
            case str():
                return visit(value)
            case bool() | None:
                return value
            case int() | float():
                text = repr(value)
                seen = visit(text) if len(text) >= LONG_NUMBER else text
                return value if seen == text else seen
            case list():
                return [self._walk(item, path, visit, rules) for item in value]
            case {"$kvlist": [*pairs], **rest} if not rest:
                return {"$kvlist": self._entries(pairs, path, visit, rules)}
            case {"$bytes": str(text), **rest} if not rest:
                write, plain = _read(ValueType.BYTES, text)
                return {"$bytes": write(visit(plain))}
            case _:
                entries = self._entries(value.items(), path, visit, rules)
                # keys that became equal keep both values, in the form that the kernel has for them
                mapping = dict(entries)
                return mapping if len(mapping) == len(entries) else {"$kvlist": entries}

    def _entries(
        self, entries: Iterable[tuple[str, Any]], path: str, visit: Callable[[str], str], rules: set[int]
    ) -> list[tuple[str, Any]]:
        seen = []
        for key, value in entries:
            inner = f"{path}.{key}" if path else key
            rule = self._keys.find(inner) or self._keys.find(key)
            if rule is None:
                seen.append((visit(key), self._walk(value, inner, visit, rules)))
            elif rule.config.action == "keep":
                seen.append((visit(key), value))
            else:
                rules.add(rule.index)
                if rule.config.action != "drop":
                    seen.append((visit(key), rule.replace(value if isinstance(value, str) else _write_json(value))))
        return seen


def _replay(texts: Sequence[str]) -> Callable[[str], str]:
    """Answer a visit that ignores what it sees and answers the texts one after another."""
    following = iter(texts)
    return lambda _: next(following)


def _read(value_type: int, text: str) -> tuple[Callable[[Any], str], Any]:
    """Answer how a value is written, and what is inside."""
    try:
        if value_type != ValueType.BYTES:
            return _write_json, json.loads(text)
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, RecursionError):
        return str, text
    try:
        return _write_utf8, raw.decode()
    except UnicodeDecodeError:
        # every byte is a character of Latin-1, so the plain text among other bytes is seen too
        return _write_latin1, raw.decode("latin-1")


def _write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write_utf8(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _write_latin1(text: str) -> str:
    return base64.b64encode(text.encode("latin-1")).decode("ascii")

"""Pseudonyms inside arrays and maps, which are JSON text (see `otel_lift.batch.ValueType`).

They are rare there, so one expression over a column finds the few texts that are worth to be read.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift_pseudonyms.kinds import Kind
from otel_lift_pseudonyms.known import Make

__all__ = ["Inside", "NestedReplacer", "Outcome"]

_CACHED_TEXTS = 4096
# a longer text is read each time, so that no client can fill the memory
_CACHED_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text written again, None where it stays; its subject and person with the rank of its key; kinds replaced."""

    text: str | None
    rank: int
    identity: tuple[str | None, str | None]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """What became of the k entries at `rows`: one outcome for each distinct text, and which is whose, shape (k,)."""

    rows: npt.NDArray[np.int64]
    outcomes: Sequence[Outcome]
    which: npt.NDArray[np.int64]


class NestedReplacer:
    """Replaces the values of wanted keys wherever they stand inside a value.

    A key may be written whole (`{"user.id": 1}`) or as maps in maps (`{"user": {"id": 1}}`), of which the attribute
    itself may be the outermost.
    """

    def __init__(self, names: Mapping[Kind, Sequence[str]], make: Mapping[Kind, Make]) -> None:
        """Name the keys of each kind, the one that counts most first, and what makes pseudonyms of their texts."""
        self._make = make
        self._kind_of = {key: kind for kind, keys in names.items() for key in keys}
        self._rank = {key: rank for rank, key in enumerate(names[Kind.SUBJECT])}
        self._outer = frozenset(
            key[: dot.start()] for key in self._kind_of for dot in re.finditer(r"\.", key) if dot.start()
        )
        self._longest = max(map(len, self._outer), default=0)
        keys, outer = _any_of(self._kind_of), _any_of(self._outer)
        self._likely = rf'"{keys}" ?[:,]|"(?:[^"\\]*\.)?{outer}" ?[:,] ?[\[{{]'
        self._known: dict[tuple[str, str, str], Outcome] = {}

    def replace(
        self,
        values: Any,
        rows: npt.NDArray[np.int64],
        bases: npt.NDArray[np.integer[Any]],
        keys: Any,
        to: str,
    ) -> Inside | None:
        """Look into the JSON texts at `rows` of `values`; answers None where nothing is to be replaced.

        `bases` says of each which of `keys`, a string array, it stands under; `to` is the tenant.
        """
        likely = pc.match_substring_regex(values.take(pa.array(rows)), self._likely).to_numpy(zero_copy_only=False)
        used = np.unique(bases)
        names: dict[int, str] = dict(zip(used.tolist(), keys.take(pa.array(used)).to_pylist(), strict=True))
        opening = used[[bool(self._inner(name)) for name in names.values()]]
        if len(opening):
            likely |= np.isin(bases, opening)
        if not likely.any():
            return None
        rows, bases = rows[likely], bases[likely]
        encoded = values.take(pa.array(rows)).dictionary_encode()
        pairs, which = np.unique(encoded.indices.to_numpy() * np.int64(len(keys)) + bases, return_inverse=True)
        texts = encoded.dictionary.take(pa.array(pairs // len(keys))).to_pylist()
        places: list[int] = (pairs % len(keys)).tolist()
        outcomes = [self._outcome(to, names[base], text) for base, text in zip(places, texts, strict=True)]
        changed = np.array([outcome.text is not None for outcome in outcomes])[which]
        return Inside(rows[changed], outcomes, which[changed]) if changed.any() else None

    def _outcome(self, tenant: str, base: str, text: str) -> Outcome:
        place = (tenant, base, text)
        known = self._known.get(place)
        if known is None:
            known = _Reading(self._kind_of, self._rank, self._make, self._inner, tenant).of(text, self._inner(base))
            if len(base) + len(text) <= _CACHED_LENGTH:
                if len(self._known) >= _CACHED_TEXTS:
                    self._known.clear()
                self._known[place] = known
        return known

    def _inner(self, path: str, outer: Sequence[str] = ()) -> tuple[str, ...]:
        """Answer the first parts of wanted keys that a map under this key continues."""
        tail = path[-self._longest - 1 :]  # so that a key of a thousand dots costs no more than another
        ends = [path, *(tail[dot.end() :] for dot in re.finditer(r"\.", tail)), *(f"{one}.{path}" for one in outer)]
        return tuple(end for end in ends if end in self._outer)


@dataclass(slots=True)
class _Reading:
    """One walk through one value; `found` are the rank, the subject, the person and the kind of what it replaced."""

    kind_of: Mapping[str, Kind]
    rank_of: Mapping[str, int]
    make: Mapping[Kind, Make]
    inner: Callable[[str, Sequence[str]], Sequence[str]]
    tenant: str
    found: list[tuple[int, str | None, str | None, Kind]] = field(default_factory=list)

    def of(self, text: str, outer: Sequence[str]) -> Outcome:
        try:
            written = self._walk(json.loads(text), outer)
        except ValueError:
            return Outcome(None, 0, (None, None), ())
        if not self.found:
            return Outcome(None, 0, (None, None), ())
        rank, subject, person, _ = min(self.found, key=lambda one: one[0])
        return Outcome(_write(written), rank, (subject, person), tuple(kind for *_, kind in self.found))

    def _walk(self, value: Any, outer: Sequence[str]) -> Any:
        if isinstance(value, dict):
            if "$kvlist" in value:  # no other map has a key that starts with a dollar sign
                return {"$kvlist": [[key, self._entry(key, inner, outer)] for key, inner in value["$kvlist"]]}
            return {key: self._entry(key, inner, outer) for key, inner in value.items()}
        return [self._walk(inner, outer) for inner in value] if isinstance(value, list) else value

    def _entry(self, key: str, value: Any, outer: Sequence[str]) -> Any:
        for name in (key, *(f"{one}.{key}" for one in outer)) if outer else (key,):
            kind = self.kind_of.get(name)
            if kind is not None:
                made = [hashes[0].decode() for hashes in self.make[kind]([_text(value)], self.tenant)]
                if not made[0]:
                    return value
                subject, person = made if kind is Kind.SUBJECT else (None, None)
                self.found.append((self.rank_of.get(name, len(self.rank_of)), subject, person, kind))
                return made[0]
        return self._walk(value, self.inner(key, outer)) if isinstance(value, dict | list) else value


def _any_of(keys: Iterable[str]) -> str:
    written = [re.escape(json.dumps(key, ensure_ascii=False)[1:-1]) for key in sorted(keys)]
    return rf"(?:{'|'.join(written)})" if written else r"[^\x00-\x{10ffff}]"


def _text(value: Any) -> str:
    """Answer the text that the value would have as an attribute, so that its pseudonym is the same."""
    match value:
        case str(text) | {"$bytes": str(text)} | {"$double": str(text)}:
            return text
        case None:
            return ""
        case _:
            return _write(value)


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

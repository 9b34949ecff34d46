"""Pseudonyms in columns: Python sees each distinct value of a batch once, Arrow does the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Attributes, ValueType
from otel_lift_pseudonyms.kinds import Kind
from otel_lift_pseudonyms.known import Pseudonyms
from otel_lift_pseudonyms.nested import Inside, NestedReplacer

__all__ = ["People", "Replacer"]


@dataclass(frozen=True, slots=True)
class People:
    """Who each row of a level is about: Arrow string arrays of the rows' length, null where nobody is known."""

    subjects: Any
    persons: Any

    @classmethod
    def nobody(cls, rows: int) -> Self:
        """Answer `rows` rows that are about nobody known."""
        nulls = pa.nulls(rows, pa.string())
        return cls(nulls, nulls)

    @property
    def any(self) -> bool:
        """Whether any row is about somebody."""
        return bool(self.subjects.null_count < len(self.subjects))

    def or_else(self, parents: "People", rows: Any) -> "People":
        """Fill rows that are about nobody from their parents; `rows` is each one's row in the parent level."""
        if not parents.any or not self.subjects.null_count:
            return self
        return People(
            pc.coalesce(self.subjects, parents.subjects.take(rows)),
            pc.coalesce(self.persons, parents.persons.take(rows)),
        )


@dataclass(frozen=True, slots=True)
class Replacer:
    """Replaces the values of the named attributes by pseudonyms; a value that is empty stays as it is.

    `names` are the attributes of each kind, `pseudonyms` answers what is made of their values (of subjects also the
    persons), and `nested` finds the same inside arrays and maps.
    """

    names: Mapping[Kind, Sequence[str]]
    pseudonyms: Mapping[Kind, Pseudonyms]
    nested: NestedReplacer

    def replace(self, attributes: Attributes, tenant: str, counts: dict[str, int]) -> tuple[Attributes, People]:
        """Answer the attributes with pseudonyms and the people of their owners; adds to `counts` by kind."""
        attributes, people = self._replace_named(attributes, tenant, counts)
        rows = _nested(attributes.types)
        if not len(rows):
            return attributes, people
        keys = attributes.keys.to_pylist()
        found = self.nested.replace(attributes.values, rows, attributes.codes[rows], keys, tenant)
        if found is None:
            return attributes, people
        values = _put(attributes.values, found.rows, _count(found, counts))
        inside = _people_inside(found, attributes.owners[found.rows], len(attributes))
        return attributes.with_values(values), people.or_else(inside, pa.array(np.arange(len(attributes))))

    def replace_inside(
        self, values: Any, types: npt.NDArray[np.uint8], tenant: str, counts: dict[str, int]
    ) -> tuple[Any, People] | None:
        """Do the same with a column of values of the given types, such as bodies; None if nothing is replaced."""
        rows = _nested(types)
        found = self.nested.replace(values, rows, np.zeros(len(rows), np.int32), [""], tenant) if len(rows) else None
        if found is None:
            return None
        return _put(values, found.rows, _count(found, counts)), _people_inside(found, found.rows, len(values))

    def _replace_named(self, attributes: Attributes, tenant: str, counts: dict[str, int]) -> tuple[Attributes, People]:
        kinds = self._kinds(attributes)
        if kinds is None:
            return attributes, People.nobody(len(attributes))
        positions = np.flatnonzero(kinds)
        found = kinds[positions]
        people = People.nobody(len(attributes))
        parts: list[Any] = []
        places: list[npt.NDArray[np.int64]] = []
        for kind, names in self.names.items():
            here = positions[found == kind]
            if not len(here):
                continue
            raw = attributes.values.take(pa.array(here))
            made, *persons = self.pseudonyms[kind].of(raw, tenant)
            if kind is Kind.SUBJECT:
                people = _people(attributes, here, made, persons[0], names)
            if made.null_count:
                here = here[made.is_valid().to_numpy(zero_copy_only=False)]
                made = made.drop_null()
            counts[kind.name.lower()] = counts.get(kind.name.lower(), 0) + len(here)
            parts.append(made)
            places.append(here)
        changed = np.concatenate(places)
        types = attributes.types.copy()
        types[changed] = ValueType.STRING
        return attributes.with_values(_put(attributes.values, changed, pa.concat_arrays(parts)), types), people

    def _kinds(self, attributes: Attributes) -> npt.NDArray[np.uint8] | None:
        """Answer the kind of each entry, or None if all are `NONE`."""
        codes = attributes.key_codes
        by_key = np.zeros(len(codes), np.uint8)
        for kind, keys in self.names.items():
            by_key[[codes[key] for key in keys if key in codes]] = kind
        if not by_key.any():
            return None
        kinds: npt.NDArray[np.uint8] = by_key.take(attributes.codes)
        return kinds if kinds.any() else None


def _people(
    attributes: Attributes, positions: npt.NDArray[np.int64], subjects: Any, persons: Any, keys: Sequence[str]
) -> People:
    """Choose each owner's subject among the entries at `positions`: of the first key, its first entry."""
    codes = np.where(subjects.is_valid().to_numpy(zero_copy_only=False), attributes.codes[positions], -1)
    owners = attributes.owners[positions]
    chosen = np.full(len(attributes), -1, np.int64)
    for key in reversed(keys):
        code = attributes.key_codes.get(key)
        if code is not None:
            entries = np.flatnonzero(codes == code)[::-1]
            chosen[owners[entries]] = entries
    rows = pa.array(chosen, mask=chosen < 0)
    return People(subjects.take(rows), persons.take(rows))


def _nested(types: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    if types.max(initial=0) < ValueType.ARRAY:
        return np.zeros(0, np.int64)
    return np.flatnonzero((types == ValueType.ARRAY) | (types == ValueType.KVLIST))


def _count(found: Inside, counts: dict[str, int]) -> Any:
    """Answer the new texts of the entries, in their order, and add to `counts` what was replaced in them."""
    for outcome, times in zip(found.outcomes, np.bincount(found.which, minlength=len(found.outcomes)), strict=True):
        for kind in outcome.kinds:
            counts[kind.name.lower()] = counts.get(kind.name.lower(), 0) + int(times)
    return pa.array([outcome.text for outcome in found.outcomes], pa.string()).take(pa.array(found.which))


def _people_inside(found: Inside, owners: npt.NDArray[Any], rows: int) -> People:
    """Choose each owner's subject among its entries: of the key that counts most, in the first entry."""
    subjects, persons = (pa.array([one.identity[at] for one in found.outcomes], pa.string()) for at in (0, 1))
    ranks = np.array([outcome.rank for outcome in found.outcomes])[found.which]
    best_last = np.lexsort((-np.arange(len(ranks)), -ranks))
    chosen = np.full(rows, -1, np.int64)
    chosen[owners[best_last]] = found.which[best_last]
    places = pa.array(chosen, mask=chosen < 0)
    return People(subjects.take(places), persons.take(places))


def _put(values: Any, positions: npt.NDArray[np.int64], texts: Any) -> Any:
    """Put `texts` in place of the values at `positions`."""
    order = np.arange(len(values), dtype=np.int64)
    order[positions] = len(order) + np.arange(len(positions))
    # one take over both arrays costs a third of `replace_with_mask`
    return pa.concat_arrays([values, texts]).take(pa.array(order))

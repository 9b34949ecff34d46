"""Pseudonyms in columns: Python sees the values that are met for the first time, compiled passes do the rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import first_of, fixed_texts, put, put_fixed, wanted
from otel_lift.batch import Attributes, ValueType
from otel_lift_pseudonyms.kinds import Kind
from otel_lift_pseudonyms.known import Pseudonyms
from otel_lift_pseudonyms.nested import Inside, NestedReplacer

__all__ = ["People", "Replacer"]

_KINDS = [kind.name.lower() for kind in Kind]
_RESERVED = 255  # the mark of keys that are no kind's
# read once, since to look a member of an enumeration up costs microseconds
_STRING, _ARRAY, _KVLIST = int(ValueType.STRING), int(ValueType.ARRAY), int(ValueType.KVLIST)
_NO_KEY = pa.array([""])


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


@dataclass(frozen=True)
class Replacer:
    """Replaces the values of the named attributes by pseudonyms; a value that is empty stays as it is.

    `names` are the attributes of each kind, `reserved` those that are dropped, `pseudonyms` answers what is made of
    values, and `nested` finds the named attributes inside arrays and maps.
    """

    names: Mapping[Kind, Sequence[str]]
    reserved: Collection[str]
    pseudonyms: Pseudonyms
    nested: NestedReplacer

    def replace(self, attributes: Attributes, tenant: str, counts: dict[str, int]) -> tuple[Attributes, People]:
        """Answer the attributes with pseudonyms and the people of their owners; adds to `counts` by kind.

        Entries are dropped only where their keys are reserved.
        """
        attributes, people = self._replace_named(attributes, tenant, counts)
        rows = _nested(attributes.types)
        if not len(rows):
            return attributes, people
        found = self.nested.replace(attributes.values, rows, attributes.codes[rows], attributes.keys, tenant)
        if found is None:
            return attributes, people
        values = put(attributes.values, found.rows, _count(found, counts))
        inside = _people_inside(found, attributes.owners[found.rows], len(attributes))
        return attributes.with_values(values), people.or_else(inside, pa.array(np.arange(len(attributes))))

    def replace_inside(
        self, values: Any, types: npt.NDArray[np.uint8], tenant: str, counts: dict[str, int]
    ) -> tuple[Any, People] | None:
        """Do the same with a column of values of the given types, such as bodies; None if nothing is replaced."""
        rows = _nested(types)
        found = self.nested.replace(values, rows, np.zeros(len(rows), np.int32), _NO_KEY, tenant) if len(rows) else None
        if found is None:
            return None
        return put(values, found.rows, _count(found, counts)), _people_inside(found, found.rows, len(values))

    def _replace_named(self, attributes: Attributes, tenant: str, counts: dict[str, int]) -> tuple[Attributes, People]:
        marks = attributes.by_key(*self._marks)
        if marks is None:
            return attributes, People.nobody(len(attributes))
        positions, kinds = wanted(attributes.codes, marks)
        if kinds.max(initial=0) == _RESERVED:
            honest = attributes.strip(np.ones(len(attributes), np.bool_), marks != _RESERVED)
            return self._replace_named(honest, tenant, counts)
        if not len(positions):
            return attributes, People.nobody(len(attributes))
        found = self.pseudonyms.of(attributes.values, positions, kinds, tenant)
        values, given = put_fixed(attributes.values, positions, found.table[0], found.rows)
        rows = found.rows
        if given is not None:  # what names nobody stays, and is nobody's subject
            positions, kinds, rows = positions[given], kinds[given], rows[given]
        for kind, amount in enumerate(np.bincount(kinds).tolist()):
            if amount:
                counts[_KINDS[kind]] = counts.get(_KINDS[kind], 0) + amount
        types = attributes.types.copy()
        types[positions] = _STRING
        return attributes.with_values(values, types), self._people(attributes, positions, rows, found.table)

    @cached_property
    def _marks(self) -> tuple[Sequence[str], npt.NDArray[np.uint8]]:
        marks = {key: int(kind) for kind, keys in self.names.items() for key in keys}
        marks |= dict.fromkeys(self.reserved, _RESERVED)
        return tuple(marks), np.array(list(marks.values()), np.uint8)

    def _people(
        self,
        attributes: Attributes,
        positions: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int64],
        table: npt.NDArray[np.bytes_],
    ) -> People:
        """Choose each owner's subject: of the first key that it has, the first entry."""
        ranks = attributes.by_key(*self._ranks, -1)
        if ranks is None:
            return People.nobody(len(attributes))
        subjects = first_of(attributes.offsets, attributes.codes, ranks, positions, rows)
        return People(fixed_texts(table[0], subjects), fixed_texts(table[1], subjects))

    @cached_property
    def _ranks(self) -> tuple[Sequence[str], npt.NDArray[np.int32]]:
        keys = tuple(self.names[Kind.SUBJECT])
        return keys, np.arange(len(keys), dtype=np.int32)


def _nested(types: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    if types.max(initial=0) < _ARRAY:
        return np.zeros(0, np.int64)
    return np.flatnonzero((types == _ARRAY) | (types == _KVLIST))


def _count(found: Inside, counts: dict[str, int]) -> Any:
    """Answer the new texts of the entries, in their order, and add to `counts` what was replaced in them."""
    for outcome, times in zip(found.outcomes, np.bincount(found.which, minlength=len(found.outcomes)), strict=True):
        for kind in outcome.kinds:
            counts[_KINDS[kind]] = counts.get(_KINDS[kind], 0) + int(times)
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

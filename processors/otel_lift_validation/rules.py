"""`Rules`: the registry of events as tables to look up in, so that a batch is checked by gathers alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.batch import ValueType
from otel_lift.semconv import EVENTS, FieldSpec, LiftEvent, fields_of

__all__ = ["KINDS", "Rules"]

KINDS = ("unknown_event", "missing", "type", "value", "clock_skew")
"""The kinds of problem, in the order in which a mark lists them."""

_ACCEPTED: dict[type, tuple[ValueType, ...]] = {
    str: (ValueType.STRING,),
    int: (ValueType.INT,),
    float: (ValueType.DOUBLE, ValueType.INT),
    bool: (ValueType.BOOL,),
    tuple: (ValueType.ARRAY,),
}


@dataclass(frozen=True)
class Rules:
    """What is right for E events and A attributes, by their positions in `events` and `attributes`.

    `accepted` uint8 (E, A): the set of value types as bits, 0 where the event does not have the attribute.
    `slots` int8 (E, A): which of the event's at most K required attributes it is, else -1.
    `required` int16 (E, K): the attribute of each slot, -1 in unused ones.
    `sets` int16 (E, A): which of the S closed sets the value must be in, else -1.
    `members` bool (S, V + 1): whether a set holds a value, by its position in `values`; the last column, which the
    position -1 of a foreign value reaches, is false.
    `problems`: the text of each problem that can be found, by its code: `KINDS` in order, with A codes for each kind
    that names an attribute.
    """

    events: Any  # pa.StringArray
    attributes: Any  # pa.StringArray
    accepted: npt.NDArray[np.uint8]
    slots: npt.NDArray[np.int8]
    required: npt.NDArray[np.int16]
    sets: npt.NDArray[np.int16]
    values: Any  # pa.StringArray
    members: npt.NDArray[np.bool_]
    problems: Any  # pa.StringArray
    starts: npt.NDArray[np.int64]  # the first code of each kind

    @classmethod
    def of(cls, events: Iterable[type[LiftEvent]] = tuple(EVENTS.values())) -> Self:
        """Make the tables of these events."""
        fields = {event.spec.name: fields_of(event) for event in events}
        names = sorted({field.attr.name for specs in fields.values() for field in specs})
        position = {name: number for number, name in enumerate(names)}
        closed = sorted({field.allowed for specs in fields.values() for field in specs if field.allowed})
        values = sorted({value for allowed in closed for value in allowed})
        shape = len(fields), len(names)
        depth = max(sum(field.required for field in specs) for specs in fields.values())
        accepted, slots, sets = np.zeros(shape, np.uint8), np.full(shape, -1, np.int8), np.full(shape, -1, np.int16)
        required = np.full((len(fields), depth), -1, np.int16)
        for row, specs in enumerate(fields.values()):
            for field in specs:
                at = row, position[field.attr.name]
                accepted[at] = _bits(field)
                if field.allowed:
                    sets[at] = closed.index(field.allowed)
            for slot, field in enumerate(field for field in specs if field.required):
                slots[row, position[field.attr.name]] = slot
                required[row, slot] = position[field.attr.name]
        members = np.array([[value in allowed for value in values] + [False] for allowed in closed])
        texts = [[f"{kind}:{name}" for name in names] if 0 < code < 4 else [kind] for code, kind in enumerate(KINDS)]
        return cls(
            events=pa.array(list(fields), pa.string()),
            attributes=pa.array(names, pa.string()),
            accepted=accepted,
            slots=slots,
            required=required,
            sets=sets,
            values=pa.array(values, pa.string()),
            members=members,
            problems=pa.array([text for of_kind in texts for text in of_kind], pa.string()),
            starts=np.cumsum([0, *(len(of_kind) for of_kind in texts)])[:-1],
        )


def _bits(field: FieldSpec) -> int:
    return sum(1 << value_type for value_type in _ACCEPTED[field.kind])

"""Which messages are errors, and what is known of each: `Faults`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Batch, Level, Signal, ValueType
from otel_lift.semconv import EVENTS, Group
from otel_lift_patterns.shapes import of_stacks

__all__ = ["Faults", "event_faults", "record_faults"]

_FAILURES = pa.array([name for name, event in EVENTS.items() if event.spec.group is Group.FAILURES], pa.string())
_EXCEPTION = ("exception.type", "exception.message", "exception.stacktrace")
# facts that attributes say; of a group the first key counts that a message has
_GROUPS = (
    *((key,) for key in (*_EXCEPTION, "error.type", "error.message")),
    ("http.route", "lift.page"),
    ("lift.action",),
)
_KEYS = tuple(key for group in _GROUPS for key in group)
_SLOTS = np.array([slot for slot, group in enumerate(_GROUPS) for _ in group], np.int32)
_RANKS = np.array([rank for group in _GROUPS for rank in range(len(group))], np.int32)
_ERROR_SEVERITY = 17  # SEVERITY_NUMBER_ERROR
_STATUS_ERROR = 2  # STATUS_CODE_ERROR
_NOTHING = pa.scalar(None, pa.string())
# A body that is a mapping, as JSON: its message.
_BODY_MESSAGE = r'"(?:message|msg|error)":"(?P<message>(?:[^"\\]|\\.)*)"'


@dataclass(frozen=True, slots=True)
class Faults:
    """The errors among a level's messages: their rows, ascending, and of each fact an Arrow string array with nulls.

    `stack` is the shape of the stack trace, which has its frames.
    `spare` names the error where it has no message: its Lift event, its span's name.
    """

    rows: npt.NDArray[np.int64]
    event: Any
    type: Any
    message: Any
    stack: Any
    endpoint: Any
    action: Any
    spare: Any


def record_faults(batch: Batch, events: Faults | None) -> Faults | None:
    """Answer the errors among spans or log records; `events` are those among the spans' events.

    A log record is one from severity ERROR on, with an exception, or as a Lift event of the group of failures; a span
    is one by its status, by an exception or an exception event, or as such a Lift event. What a span does not say
    itself is taken from its first exception event.
    """
    wrong = _named(batch, Level.RECORD, "lift.event", _FAILURES) | _with_exception(batch, Level.RECORD)
    if batch.signal is Signal.LOGS:
        wrong |= _numbers(batch, "severity_number") >= _ERROR_SEVERITY
        own, first = "event_name", None
    else:
        wrong |= _numbers(batch, "status_code") == _STATUS_ERROR
        own, first = "name", _first_exceptions(batch, events, wrong)
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return None
    type_, message, stack, error_type, error_message, endpoint, action = _facts(batch, Level.RECORD, rows)
    stack = of_stacks(stack)
    if events is not None and first is not None:
        at = pa.array(first[rows], mask=first[rows] < 0)
        type_, message, stack = (
            _first(mine, of_event.take(at))
            for mine, of_event in ((type_, events.type), (message, events.message), (stack, events.stack))
        )
    event = _texts(batch, Level.RECORD, "lift.event", rows)
    message = _first(message, error_message)
    if message.null_count:
        is_log = batch.signal is Signal.LOGS
        said = _body(batch, rows) if is_log else _texts(batch, Level.RECORD, "status_message", rows)
        message = _first(message, said)
    return Faults(
        rows=rows,
        event=event,
        type=_first(type_, error_type),
        message=_filled(message),
        stack=stack,
        endpoint=endpoint,
        action=action,
        spare=_first(event, _texts(batch, Level.RECORD, own, rows)),
    )


def event_faults(batch: Batch) -> Faults | None:
    """Answer the errors among span events: exceptions, and Lift events of the group of failures.

    Endpoint, page and action are the span's where the event has none.
    """
    if not batch.rows(Level.EVENT):
        return None
    wrong = _named(batch, Level.EVENT, "lift.event", _FAILURES) | _with_exception(batch, Level.EVENT)
    wrong |= _named(batch, Level.EVENT, "name", pa.array(["exception"]))
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return None
    type_, message, stack, error_type, error_message, endpoint, action = _facts(batch, Level.EVENT, rows)
    *_, span_endpoint, span_action = _facts(batch, Level.RECORD, batch.parents(Level.EVENT)[rows])
    event = _texts(batch, Level.EVENT, "lift.event", rows)
    return Faults(
        rows=rows,
        event=event,
        type=_first(type_, error_type),
        message=_filled(_first(message, error_message)),
        stack=of_stacks(stack),
        endpoint=_first(endpoint, span_endpoint),
        action=_first(action, span_action),
        spare=_first(event, _texts(batch, Level.EVENT, "name", rows)),
    )


def _first_exceptions(batch: Batch, events: Faults | None, wrong: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Answer, of each span, the position in `events` of its first exception, else -1; marks those spans as wrong."""
    first = np.full(len(batch), -1, np.int64)
    if events is not None:
        exceptions = np.flatnonzero(pc.is_null(events.event).to_numpy(zero_copy_only=False))[::-1]
        spans = batch.parents(Level.EVENT)[events.rows[exceptions]]
        first[spans] = exceptions
        wrong[spans] = True
    return first


def _named(batch: Batch, level: Level, column: str, names: Any) -> npt.NDArray[np.bool_]:
    """Whether a dictionary column's value is one of `names`, by row."""
    values = batch.column(level, column)
    if values.null_count == len(values):
        return np.zeros(len(values), np.bool_)
    known = np.append(pc.is_in(values.dictionary, names).to_numpy(zero_copy_only=False), False)
    named: npt.NDArray[np.bool_] = known.take(_codes(values))
    return named


def _codes(values: Any) -> npt.NDArray[np.int32]:
    """Answer the codes of a dictionary column, -1 where it is null."""
    indices = values.indices
    codes: npt.NDArray[np.int32] = (indices.fill_null(-1) if indices.null_count else indices).to_numpy()
    return codes


def _with_exception(batch: Batch, level: Level) -> npt.NDArray[np.bool_]:
    attributes = batch.attributes(level)
    marks = attributes.by_key(_EXCEPTION, np.ones(len(_EXCEPTION), np.uint8))
    if marks is None:
        return np.zeros(len(attributes), np.bool_)
    found: npt.NDArray[np.bool_] = arrays.marks_of(attributes.offsets, attributes.codes, marks) != 0
    return found


def _numbers(batch: Batch, column: str) -> npt.NDArray[np.int32]:
    values = batch.column(Level.RECORD, column)
    numbers: npt.NDArray[np.int32] = (values.fill_null(0) if values.null_count else values).to_numpy()
    return numbers


def _facts(batch: Batch, level: Level, rows: npt.NDArray[Any]) -> list[Any]:
    """Answer the texts of each of `_GROUPS` for some messages of a level, null where they have none."""
    attributes = batch.attributes(level)
    of_key = attributes.codes_of(_KEYS)
    here = np.flatnonzero(of_key >= 0)
    if not len(here):
        return [pa.nulls(len(rows), pa.string())] * len(_GROUPS)
    slots = np.full(len(attributes.keys), -1, np.int32)
    ranks = slots.copy()
    slots[of_key[here]], ranks[of_key[here]] = _SLOTS[here], _RANKS[here]
    offsets, entries = arrays.take_lists(attributes.offsets, rows)
    places = arrays.firsts(offsets, attributes.codes.take(entries), slots, ranks, len(_GROUPS))
    if len(entries):
        places = np.where(places < 0, -1, entries.take(places, mode="wrap"))
    found = set(_SLOTS[here].tolist())
    return [
        arrays.gather(attributes.values, places[slot]) if slot in found else pa.nulls(len(rows), pa.string())
        for slot in range(len(_GROUPS))
    ]


def _texts(batch: Batch, level: Level, column: str, rows: npt.NDArray[Any]) -> Any:
    values = batch.column(level, column)
    if values.null_count == len(values):
        return pa.nulls(len(rows), pa.string())
    if pa.types.is_dictionary(values.type):
        return arrays.gather(values.dictionary, _codes(values).take(rows))
    return arrays.gather(values, rows)


def _first(*texts: Any) -> Any:
    """Take the first that is known, by row."""
    known = [one for one in texts if one.null_count < len(one)]
    return pc.coalesce(*known) if len(known) > 1 else (known or texts)[0]


def _filled(texts: Any) -> Any:
    """Make empty texts null: they say nothing."""
    empty = pc.equal(texts, "")
    return pc.if_else(empty, _NOTHING, texts) if empty.true_count else texts


def _body(batch: Batch, rows: npt.NDArray[Any]) -> Any:
    bodies = _texts(batch, Level.RECORD, "body", rows)
    mappings = _numbers(batch, "body_type").take(rows) == ValueType.KVLIST
    if not mappings.any():
        return bodies
    messages = pc.extract_regex(pc.if_else(pa.array(mappings), bodies, _NOTHING), _BODY_MESSAGE).field(0)
    return pc.coalesce(_filled(messages), bodies)

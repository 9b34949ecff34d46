"""The world as what clients send: OTLP requests of log records and of spans, in the order of their arrival.

Written as bytes at once, since each attribute's text is the same in very many records: OTLP's protobuf has a few kinds
of fields only.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.arrow import uuids
from otel_lift.synthetic.world.days import World
from otel_lift.synthetic.world.facts import Facts, Numbers, Texts, Truths, joined
from otel_lift.synthetic.world.journeys import EVENT_NAMES
from otel_lift.synthetic.world.options import HOUR, MINUTE
from otel_lift.synthetic.world.rows import visit_id
from otel_lift.synthetic.world.spans import METHODS, Spans
from otel_lift.synthetic.world.words import ENVIRONMENTS, ROUTES, SERVICES

__all__ = ["Sent", "arrivals", "requests"]

_COARSE, _FINE, _FINELY = 6 * HOUR, 10 * MINUTE, 26 * HOUR
_SERVER, _CLIENT, _ERROR = 2, 3, 2  # SPAN_KIND_SERVER, SPAN_KIND_CLIENT, STATUS_CODE_ERROR
_LOG_ATTRIBUTES, _SPAN_ATTRIBUTES, _RESOURCE_ATTRIBUTES = 6, 9, 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What reaches the gateway together at `received`: requests of logs and of traces, empty where there is none.

    `rows` are the places of the records among the facts of `arrivals`.
    """

    received: int
    logs: bytes
    traces: bytes
    rows: slice


def arrivals(world: World) -> Facts:
    """Answer all facts of a world in the order of their arrival."""
    facts = joined(list(world.days()))
    return facts.take(np.argsort(facts.received, kind="stable"))


def requests(world: World, facts: Facts) -> Iterator[Sent]:
    """Yield what is sent: every six hours, at rotations, and at the end of the world every ten minutes.

    `facts` are those of `arrivals`.
    """
    end = world.options.end_ns
    records, spans = _records(world, facts), _spans(facts)
    edges = {*range(world.options.start_ns + _COARSE, end - _FINELY, _COARSE), *range(end - _FINELY, end + 1, _FINE)}
    times = sorted(edges | set(world.options.rotations))
    first = 0
    for received, last in zip(times, np.searchsorted(facts.received, times).tolist(), strict=True):
        if last > first:
            rows = slice(first, last)
            yield Sent(received - 1, _request(facts, rows, records), _request(facts, rows, spans), rows)
            first = last


def _request(facts: Facts, rows: slice, messages: Sequence[bytes]) -> bytes:
    """Write a request of some messages, a resource for each service and environment; empty if all are."""
    group = facts.service[rows] * len(ENVIRONMENTS) + facts.environment[rows]
    parts = []
    for code in np.unique(group).tolist():
        inside = b"".join(messages[rows.start + row] for row in np.flatnonzero(group == code).tolist())
        if inside:
            service, environment = divmod(code, len(ENVIRONMENTS))
            resource = _text(_RESOURCE_ATTRIBUTES, "service.name", SERVICES[service])
            resource += _text(_RESOURCE_ATTRIBUTES, "deployment.environment.name", ENVIRONMENTS[environment])
            parts.append(_field(1, _field(1, resource) + _field(2, inside)))
    return b"".join(parts)


def _records(world: World, facts: Facts) -> list[bytes]:
    """Write each fact as a log record."""
    pieces: list[list[bytes]] = [[] for _ in range(len(facts))]
    traced_rows: Any = facts.traces.any(axis=1).tolist()
    names = [_field(12, f"lift.{name}".encode()) for name in EVENT_NAMES]
    people = [_text(_LOG_ATTRIBUTES, "user.id", raw) for raw in world.people.ids]
    rows = zip(
        pieces,
        facts.event.tolist(),
        facts.time.tolist(),
        facts.person.tolist(),
        facts.visit.tolist(),
        uuids(facts.ids).to_pylist(),
        traced_rows,
        facts.traces,
        strict=True,
    )
    for piece, event, time, person, visit, event_id, traced, trace in rows:
        piece.extend((struct.pack("<BQ", 9, time), names[event], _text(_LOG_ATTRIBUTES, "lift.event_id", event_id)))
        if person >= 0:
            piece.append(people[person])
        if visit >= 0:
            piece.append(_text(_LOG_ATTRIBUTES, "session.id", visit_id(visit)))
        if traced:
            piece.extend((_field(9, trace.tobytes()), _field(10, trace[:8].tobytes())))
    for name, values in facts.told.items():
        for row, attribute in _attributes(name, values):
            pieces[row].append(attribute)
    return [_field(2, b"".join(piece)) for piece in pieces]


def _attributes(name: str, values: Texts | Numbers | Truths) -> Iterator[tuple[int, bytes]]:
    """Yield the rows that have an attribute, each with the attribute as bytes."""
    match values:
        case Texts():
            words = [_attribute(_LOG_ATTRIBUTES, name, _any(word)) for word in values.words]
            rows = np.flatnonzero(values.codes >= 0)
            yield from zip(rows.tolist(), (words[code] for code in values.codes[rows].tolist()), strict=True)
        case Numbers():
            rows = np.flatnonzero(~np.isnan(values.numbers))
            for row, number in zip(rows.tolist(), values.numbers[rows].tolist(), strict=True):
                value = b"\x18" + _varint(int(number)) if values.whole else struct.pack("<Bd", 33, number)
                yield row, _attribute(_LOG_ATTRIBUTES, name, value)
        case Truths():
            both = [_attribute(_LOG_ATTRIBUTES, name, bytes((16, truth))) for truth in (0, 1)]
            rows = np.flatnonzero(values.truths >= 0)
            yield from zip(rows.tolist(), (both[truth] for truth in values.truths[rows].tolist()), strict=True)


def _spans(facts: Facts) -> list[bytes]:
    """Write the span of each fact that has one, empty for the others."""
    spans = Spans(facts)
    found = [b""] * len(facts)
    columns: Sequence[npt.NDArray[Any]] = (
        spans.rows,
        spans.start,
        spans.duration,
        spans.route,
        spans.method,
        spans.status,
        spans.error,
        spans.client,
    )
    for (row, start, duration, route, method, status, error, client), trace in zip(
        zip(*(column.tolist() for column in columns), strict=True), spans.traces, strict=True
    ):
        parts = [
            _field(1, trace.tobytes()),
            _field(2, trace[:8].tobytes()),
            _field(5, f"{METHODS[method]} {ROUTES[route]}".encode()),
            bytes((48, _CLIENT if client else _SERVER)),
            struct.pack("<BQBQ", 57, start, 65, start + duration),
            _text(_SPAN_ATTRIBUTES, "http.route", ROUTES[route]),
            _text(_SPAN_ATTRIBUTES, "http.request.method", METHODS[method]),
            _attribute(_SPAN_ATTRIBUTES, "http.response.status_code", b"\x18" + _varint(status)),
        ]
        if error:
            parts.append(_field(15, bytes((24, _ERROR))))
        found[row] = _field(2, b"".join(parts))
    return found


def _any(word: Any) -> bytes:
    if isinstance(word, str):
        return _field(1, word.encode())
    return _field(5, b"".join(_field(1, _field(1, text.encode())) for text in word))


def _text(number: int, key: str, text: str) -> bytes:
    return _attribute(number, key, _field(1, text.encode()))


def _attribute(number: int, key: str, value: bytes) -> bytes:
    return _field(number, _field(1, key.encode()) + _field(2, value))


def _field(number: int, content: bytes) -> bytes:
    """Write a field of protobuf that is text, bytes or a message."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)

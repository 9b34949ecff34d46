"""Plain JSON events, as a browser or a phone posts them, to OTLP log records (events.md, "How an event travels")."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NoReturn
from uuid import uuid4

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_lift.errors import DecodeError
from otel_lift.semconv import EVENTS, LiftEvent, fields_of

__all__ = ["events_to_protobuf"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}")
_ENVELOPE = frozenset({"event", "data", "timestamp", "service", "consent"})
_EVENT_ID = "lift.event_id"
_SCOPE = "otel_lift.events"
_MAX_DEPTH = 16
_MAX_NANOS = (1 << 63) - 1


def events_to_protobuf(body: bytes, *, max_events: int) -> bytes:
    """Turn one event, or an array of at most `max_events`, into an `ExportLogsServiceRequest`.

    An event is ``{"event": name, "data": {...}}`` and may have `timestamp` (ISO 8601 with a zone, or Unix
    milliseconds), `service` (its `service.name`), `consent` (a list of categories, or category: bool) and the fields
    that every event has, such as `session_id`. A field of the catalogue becomes its attribute, a name with a dot stays
    as it is, and any other becomes ``lift.<name>``. An event without an id is given one.

    Raises DecodeError, which tells the position of the event but never a value, if any of them is not such an event.
    """
    events = _parse(body)
    if len(events) > max_events:
        raise DecodeError(f"a request may have {max_events} events, not {len(events)}; send several requests")
    now = time.time_ns()
    request = ExportLogsServiceRequest()
    records: dict[str, Any] = {}
    for position, event in enumerate(events):
        try:
            record, service = _record(event, now)
            if service not in records:
                records[service] = _resource_logs(request, service)
        except DecodeError as error:
            raise DecodeError(f"event {position}: {error}") from error
        except UnicodeEncodeError as error:
            raise DecodeError(f"event {position}: a text has half a surrogate pair") from error
        records[service].append(record)
    payload: bytes = request.SerializeToString()
    return payload


def _parse(body: bytes) -> list[Any]:
    try:
        parsed = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError("the body is not JSON, or nested too deeply") from error
    return parsed if isinstance(parsed, list) else [parsed]


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _resource_logs(request: ExportLogsServiceRequest, service: str) -> Any:
    resource = request.resource_logs.add()
    if service:
        resource.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=service)))
    scope = resource.scope_logs.add()
    scope.scope.name = _SCOPE
    return scope.log_records


def _record(event: Any, now: int) -> tuple[LogRecord, str]:
    if not isinstance(event, dict):
        raise DecodeError('an event is an object such as {"event": "page_load", "data": {}}')
    name, data, service = event.get("event"), event.get("data", {}), event.get("service", "")
    bare = name.removeprefix("lift.") if isinstance(name, str) else ""
    if not _NAME.fullmatch(bare):
        raise DecodeError("`event` must be a name of small letters, digits and _, such as page_load")
    if not isinstance(data, dict) or not isinstance(service, str):
        raise DecodeError("`data` must be an object and `service` a text")
    attributes = {}
    names = _attribute_names(EVENTS.get(bare, LiftEvent))
    for source in ({key: value for key, value in event.items() if key not in _ENVELOPE}, data):
        for key, value in source.items():
            if value is not None:
                attributes[names.get(key) or (key if "." in key else f"lift.{key}")] = value
    attributes.update(_consent(event.get("consent")))
    attributes.setdefault(_EVENT_ID, str(uuid4()))
    record = LogRecord(event_name=f"lift.{bare}", observed_time_unix_nano=now)
    record.time_unix_nano = _nanos(event["timestamp"]) if event.get("timestamp") is not None else now
    record.attributes.extend(KeyValue(key=key, value=_value(value, 0)) for key, value in attributes.items())
    return record, service


@cache
def _attribute_names(event: type[LiftEvent]) -> Mapping[str, str]:
    """Answer the attribute of each field of an event."""
    return MappingProxyType({field.name: field.attr.name for field in fields_of(event)})


def _consent(consent: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(consent, dict):
        for category, agreed in consent.items():
            yield f"lift.consent.{category}", agreed
    elif isinstance(consent, list):
        yield "lift.consent", consent
    elif consent is not None:
        raise DecodeError('`consent` must be a list of categories, or an object such as {"analytics": true}')


def _nanos(timestamp: Any) -> int:
    if not isinstance(timestamp, str | int | float):
        raise DecodeError("`timestamp` must be ISO 8601 with a time zone, or Unix milliseconds")
    try:
        if isinstance(timestamp, str):
            # the subtraction refuses a moment without a zone
            since = datetime.fromisoformat(timestamp) - datetime(1970, 1, 1, tzinfo=UTC)
            nanos = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
        else:
            nanos = int(timestamp * 1_000_000)
    except (ValueError, TypeError, OverflowError) as error:
        raise DecodeError("`timestamp` must be ISO 8601 with a time zone, or Unix milliseconds") from error
    if not 0 <= nanos <= _MAX_NANOS:
        raise DecodeError("`timestamp` is before 1970 or after 2262")
    return nanos


def _value(value: Any, depth: int) -> AnyValue:
    if depth > _MAX_DEPTH:
        raise DecodeError(f"a value is nested more than {_MAX_DEPTH} deep")
    answer = AnyValue()
    match value:
        case None:
            pass
        case str():
            answer.string_value = value
        case bool():
            answer.bool_value = value
        case int() if -(1 << 63) <= value < 1 << 63:
            answer.int_value = value
        case int():
            answer.string_value = str(value)
        case float():
            answer.double_value = value
        case list():
            answer.array_value.values.extend(_value(item, depth + 1) for item in value)
            answer.array_value.SetInParent()
        case dict():
            pairs = (KeyValue(key=key, value=_value(item, depth + 1)) for key, item in value.items())
            answer.kvlist_value.values.extend(pairs)
            answer.kvlist_value.SetInParent()
    return answer

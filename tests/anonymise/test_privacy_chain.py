"""Pseudonyms, consent and anonymise one after the other, on what clients really send."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from otel_lift_anonymise import AnonymiseConfig, AnonymiseProcessor
from otel_lift_consent import ConsentConfig, ConsentProcessor
from otel_lift_pseudonyms import PseudonymsConfig, PseudonymsProcessor
from privacy_rows import NOW

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode, encode
from otel_lift.keys import KeySource
from otel_lift.pipeline import Processor, Services
from otel_lift.pipeline.recognise import recognise

ADA, MAIL, ADDRESS, SESSION = "ada-lovelace-1815", "ada@example.org", "192.0.2.77", "session-of-ada"
RAW = (ADA, MAIL, ADDRESS, SESSION)


def _pairs(**values: str | bool) -> list[KeyValue]:
    return [
        KeyValue(
            key=key.replace("__", "."),
            value=AnyValue(bool_value=value) if isinstance(value, bool) else AnyValue(string_value=value),
        )
        for key, value in values.items()
    ]


PERSON = _pairs(user__id=ADA, user__email=MAIL, client__address=ADDRESS, session__id=SESSION, http__route="/a")
RESOURCE = Resource(attributes=[*_pairs(service__name="app"), *PERSON])
SCOPE = InstrumentationScope(name="scope", attributes=PERSON)


def spans(*events: str | None, consent: Sequence[KeyValue] = ()) -> bytes:
    """Write an export request of spans that plant a person at every level."""
    sent = [
        Span(
            trace_id=b"t" * 16,
            span_id=bytes([number + 1]) * 8,
            name="GET /a",
            trace_state="vendor=of-ada",
            start_time_unix_nano=NOW,
            attributes=[*PERSON, *consent, *(_pairs(lift__event=event) if event else [])],
            events=[Span.Event(name="note", attributes=PERSON)],
            links=[Span.Link(trace_id=b"l" * 16, span_id=b"l" * 8, attributes=PERSON)],
            status=Status(code=Status.STATUS_CODE_ERROR, message="message-of-ada"),
        )
        for number, event in enumerate(events)
    ]
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=RESOURCE, scope_spans=[ScopeSpans(scope=SCOPE, spans=sent)])]
    )
    return bytes(request.SerializeToString())


def logs(*events: str | None, consent: Sequence[KeyValue] = ()) -> bytes:
    """Write an export request of log records that plant a person at every level."""
    sent = [
        LogRecord(
            time_unix_nano=NOW,
            event_name=f"lift.{event}" if event else "",
            body=AnyValue(string_value="message-of-ada"),
            attributes=[*PERSON, *consent],
        )
        for event in events
    ]
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=RESOURCE, scope_logs=[ScopeLogs(scope=SCOPE, log_records=sent)])]
    )
    return bytes(request.SerializeToString())


def stored(tmp_path: Path, signal: Signal, payload: bytes, *, gpc: bool = False) -> bytes:
    """Answer what the three processors leave of a request, as the bytes of one."""
    services = Services("privacy", tmp_path)
    chain: list[Processor] = [
        PseudonymsProcessor(PseudonymsConfig(), services),
        ConsentProcessor(ConsentConfig(), services),
        AnonymiseProcessor(AnonymiseConfig(), services),
    ]
    decoded = decode(signal, [payload], RequestContext(denied_by_header=gpc), NOW)
    assert decoded.outcomes[0].error is None
    left = recognise(decoded.batch)
    for processor in chain:
        processor.start()
        done = processor.process(left)
        if done is None:
            return b""
        left = done
    return encode(left)


def _pseudonyms(tmp_path: Path) -> list[bytes]:
    ring = KeySource(None, tmp_path).read()
    made = [ring.subject(ADA), ring.subject(MAIL), ring.address(ADDRESS), ring.session(SESSION), ring.person(ADA)]
    return [pseudonym.encode() for pseudonym in made]


@pytest.mark.parametrize(("signal", "write"), [(Signal.TRACES, spans), (Signal.LOGS, logs)])
@pytest.mark.parametrize("agreed", [True, False])
def test_no_raw_id_is_left_anywhere(tmp_path: Path, signal: Signal, write: Callable[..., bytes], agreed: bool) -> None:
    """With and without consent, at every level, what a client sent to name a person is gone."""
    left = stored(tmp_path, signal, write("api_error", None, consent=_pairs(lift__consent__essential=agreed)))
    assert b"app" in left
    for raw in RAW:
        assert raw.encode() not in left


@pytest.mark.parametrize(("signal", "write"), [(Signal.TRACES, spans), (Signal.LOGS, logs)])
def test_an_anonymous_record_holds_no_pseudonym_and_no_text(
    tmp_path: Path, signal: Signal, write: Callable[..., bytes]
) -> None:
    """Of a person who did not agree not even the pseudonym is kept, nor what their app wrote about them."""
    left = stored(tmp_path, signal, write("api_error", None))
    for pseudonym in _pseudonyms(tmp_path):
        assert pseudonym not in left
    assert b"of-ada" not in left
    assert b"/a" in left


@pytest.mark.parametrize(("signal", "write"), [(Signal.TRACES, spans), (Signal.LOGS, logs)])
def test_with_consent_the_pseudonym_is_kept_and_the_ledger_key_is_not_used(
    tmp_path: Path, signal: Signal, write: Callable[..., bytes]
) -> None:
    """A person who agreed is known by the pseudonym of the epoch; the stable one stays in memory."""
    left = stored(tmp_path, signal, write("api_error", consent=_pairs(lift__consent__essential=True)))
    *shown, person = _pseudonyms(tmp_path)
    for pseudonym in shown:
        assert pseudonym in left
    assert person not in left
    assert b"message-of-ada" in left


def test_denied_behaviour_leaves_no_log_record_and_a_bare_span(tmp_path: Path) -> None:
    """The header of a browser that asks not to be tracked is obeyed even against a grant in the record."""
    yes = _pairs(lift__consent__analytics=True)
    assert not stored(tmp_path, Signal.LOGS, logs("feature_used", consent=yes), gpc=True)
    left = ExportTraceServiceRequest.FromString(
        stored(tmp_path, Signal.TRACES, spans("feature_used", consent=yes), gpc=True)
    )
    span = left.resource_spans[0].scope_spans[0].spans[0]
    assert span == Span(
        trace_id=b"t" * 16,
        span_id=b"\1" * 8,
        name="GET /a",
        start_time_unix_nano=NOW,
        status=Status(code=Status.STATUS_CODE_ERROR),
    )


def test_a_withdrawal_holds_for_what_comes_after_a_restart(tmp_path: Path) -> None:
    """An update sent over OTLP is kept under the person and found again by processors that start anew."""
    on = logs("user_consent_update", consent=_pairs(lift__consent__essential=True))
    assert stored(tmp_path, Signal.LOGS, on)
    *_, person = _pseudonyms(tmp_path)
    assert person in (tmp_path / "consent" / "ledger.log").read_bytes()
    shown = _pseudonyms(tmp_path)[0]
    assert shown in stored(tmp_path, Signal.LOGS, logs("api_error"))
    off = logs("user_consent_update", consent=_pairs(lift__consent__essential=False))
    stored(tmp_path, Signal.LOGS, off)
    assert shown not in stored(tmp_path, Signal.LOGS, logs("api_error"))

"""Nothing personal that a client can plant is in anything that the gateway writes: files, tables, log and metrics."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gateways import HOST, Gateway, free_port, query, until
from otel_lift_pseudonyms import PseudonymsConfig
from otlp_clients import JSON, post
from planted import (
    NEEDLES,
    any_of,
    export,
    forms,
    found_in,
    otlp_json,
    plants,
    request_of,
    segment_rows,
    table_bytes,
)

from otel_lift.batch import MetricKind, Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.semconv import ATTRIBUTES, Consent
from otel_lift.synthetic import attributes_of, new_record

IDS = PseudonymsConfig()
RAW = {
    "a user's id": "maria-keller-1977",
    "a session": "ses-9f2kd83hslq-of-maria",
    "an address": "host-of-maria-keller.example",
    "a user's number": "880316720431",
}
DROPPED = {"what somebody said who did not agree": "said-without-consent"}
SECRETS = {needle.kind: forms(needle.secret) for needle in NEEDLES}
SECRETS |= {name: forms(value) for name, value in (RAW | DROPPED).items()}
HARMLESS = "nothing-personal-in-here"
# the tables of each signal, and what tells a row's number
TABLES = {
    Signal.TRACES: ("otel_traces",),
    Signal.LOGS: ("otel_logs",),
    Signal.METRICS: tuple(f"otel_metrics_{kind.name.lower()}" for kind in MetricKind),
}
NUMBER_IN_SQL = {"otel_traces": "TraceId", "otel_logs": "TraceId", "lift_events": "trace_id"}
OF_APPS = (
    *("exception.message", "exception.stacktrace", "exception.type", "error.message", "url.full", "url.path"),
    *("http.target", "http.request.header.referer", "db.query.text", "db.statement", "user_agent.original", "note"),
    *("messaging.destination.name", "rpc.method", "peer.service", "lift.consent", "baggage.lift.consent"),
    *("lift.time.original", "lift.event", "lift.template", "lift.subject", "lift.validation", "lift.person"),
)


@dataclass
class Sent:
    """A gateway and what was sent to it: a description of each record by its number."""

    gateway: Gateway
    rows: dict[Signal, dict[int, str]] = field(default_factory=lambda: {signal: {} for signal in Signal})

    def send(self, signal: Signal, request: Any, protocol: str) -> None:
        """Send a request over one of the protocols; it must be taken."""
        if protocol == "grpc":
            assert export(self.gateway.ports["grpc"], signal, request) == b""
        else:
            body = json.dumps(otlp_json(request)).encode()
            reply = post(self.gateway.ports["http"], f"/v1/{signal}", body, JSON)
            assert reply.status == 200, reply.body

    def new(self, request: Any, signal: Signal, what: str) -> tuple[Any, Any, Any]:
        """Add a record with a resource and a scope of its own; answers (resource, scope, record)."""
        number = sum(map(len, self.rows.values())) + 1
        self.rows[signal][number] = what
        group, part, record = new_record(request, signal, number, time.time_ns())
        if signal is Signal.METRICS:
            record.exemplars.add(as_int=1)
        return group.resource, part.scope, record


def attribute(message: Any, key: str, value: str | int | Sequence[str]) -> None:
    """Add an attribute."""
    entry = attributes_of(message).add(key=key).value
    if isinstance(value, str):
        entry.string_value = value
    elif isinstance(value, int):
        entry.int_value = value
    else:
        for each in value:
            entry.array_value.values.add(string_value=each)


def send_every_position(sent: Sent, signal: Signal, protocol: str) -> None:
    """Send each needle in each position."""
    chosen = plants(signal, sum(map(len, sent.rows.values())) + 1)
    sent.rows[signal] |= {plant.number: f"{plant} over {protocol}" for plant in chosen}
    sent.send(signal, request_of(chosen, time.time_ns()), protocol)


def send_known_attributes(sent: Sent, signal: Signal) -> None:
    """Send all needles at once as the value of each attribute that the gateway reads, in events of people who agree."""
    everything = "\n".join(needle.text for needle in NEEDLES)
    request = REQUESTS[signal]()
    for key in sorted({*ATTRIBUTES, *OF_APPS, "service.name"} - {*IDS.subjects, *IDS.sessions, *IDS.addresses}):
        resource, scope, record = sent.new(request, signal, f"attribute {key} of {signal}")
        if not key.startswith("lift.consent"):
            attribute(record, "lift.consent", list(Consent))
        for message in (resource, scope, record):
            attribute(message, key, everything)
        attribute(record, "user.id", "somebody")
        if signal is Signal.METRICS:
            attribute(record.exemplars[0], key, everything)
            attribute(record, "lift.event", "user_error")
        elif signal is Signal.LOGS:
            record.event_name = "lift.user_error"
            record.body.string_value = HARMLESS
        else:
            attribute(record, "lift.event", "api_error")
            event = record.events.add(name="exception", time_unix_nano=time.time_ns())
            attribute(event, "lift.event", "user_error")
            attribute(event, key, everything)
    for needle in NEEDLES:
        _, _, record = sent.new(request, signal, f"{needle.kind} as the name of an event of {signal}")
        attribute(record, "lift.event", needle.text)
        if signal is Signal.LOGS:
            record.event_name = f"lift.{needle.text}"
    sent.send(signal, request, "grpc")


def send_raw_ids(sent: Sent, signal: Signal) -> None:
    """Send what names a person at every level: of somebody who agrees to all, and of somebody who agrees to nothing."""
    values: dict[str, str | int] = dict.fromkeys(IDS.subjects, RAW["a user's id"])
    values |= dict.fromkeys(IDS.sessions, RAW["a session"]) | dict.fromkeys(IDS.addresses, RAW["an address"])
    request = REQUESTS[signal]()
    for key, value in [*values.items(), ("user.id", int(RAW["a user's number"]))]:
        for agreed in ([*Consent], []):
            resource, scope, record = sent.new(request, signal, f"{key} of {signal}, agreed to {agreed}")
            attribute(record, "lift.consent", agreed)
            messages = [resource, scope, record]
            if signal is Signal.TRACES:
                record.events.add(name="exception")
                record.links.add(trace_id=b"l" * 16, span_id=b"l" * 8)
                attribute(record, "lift.event", "auth_error")
                messages += [record.events[0], record.links[0]]
            elif signal is Signal.METRICS:
                messages += [record.exemplars[0]]
            else:
                record.event_name = "lift.auth_error"
                record.body.kvlist_value.values.add(key=key).value.string_value = str(value)
            for message in messages:
                attribute(message, key, value)
                attribute(message, f"baggage.{key}", value)
                form = attributes_of(message).add(key="form").value.kvlist_value.values
                form.add(key=key).value.string_value = str(value)
    sent.send(signal, request, "grpc")


def send_dropped(sent: Sent, signal: Signal) -> None:
    """Send events of somebody who agrees to nothing, among others; their texts are in the dictionaries of the batch."""
    request = REQUESTS[signal]()
    (said,) = DROPPED.values()
    for number in range(6):
        resource, scope, record = sent.new(request, signal, "a record beside those of somebody who did not agree")
        attribute(record, "note", HARMLESS)
        if signal is Signal.LOGS:
            if number % 2:
                sent.rows[signal].popitem()
            record.event_name, record.severity_text = ("lift." + said, said) if number % 2 else ("lift.api_error", "x")
        elif signal is Signal.METRICS and number % 2:
            attribute(record.exemplars[0], said, said)
        elif number % 2:
            attribute(record, "lift.event", said)
            event = record.events.add(name=said)
            attribute(event, "lift.event", said)
        if number % 2:
            attribute(record, "user.id", "somebody else")
            for message in (resource, scope, record):
                attribute(message, said, said)
    sent.send(signal, request, "grpc")


def send_plain_events(sent: Sent) -> None:
    """Send plain JSON events with needles in each of their texts, of people who agree."""
    events = [
        {
            "event": "api_error",
            "service": needle.text,
            "consent": [*Consent],
            "user_id": RAW["a user's id"],
            "session_id": RAW["a session"],
            "note": needle.text,
            "data": {
                "endpoint": needle.text,
                "message": HARMLESS,
                needle.text: [needle.text, {needle.text: needle.text}],
            },
        }
        for needle in NEEDLES
    ]
    assert post(sent.gateway.ports["http"], "/v1/events", json.dumps(events).encode(), JSON).status == 200


def send_broken(sent: Sent) -> None:
    """Send requests with needles that no receiver can take, or that nobody serves."""
    port = sent.gateway.ports["http"]
    for needle in NEEDLES:
        quoted = json.dumps(f"at {needle.text}")
        header = {"user-agent": needle.text.replace("\n", " "), "x_tenant": needle.text.replace("\n", " ")}
        span = f'{{"kind": {quoted}, "traceId": {quoted}}}'
        for path, body in (
            ("/v1/logs", f'{{"resourceLogs": [{quoted}]}}'),
            ("/v1/logs", f'{{"resourceLogs": [{{"scopeLogs": [{{"logRecords": [{{"timeUnixNano": {quoted}}}]}}]}}]}}'),
            ("/v1/logs", f'{{"resourceLogs": [], {quoted}'),
            ("/v1/traces", f'{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{span}]}}]}}]}}'),
            ("/v1/metrics", f'{{"resourceMetrics": [{quoted}]}}'),
            ("/v1/events", f'{{"event": {quoted}, "data": {quoted}, "timestamp": {quoted}}}'),
        ):
            assert post(port, path, body.encode(), JSON, **header).status == 400
        assert post(port, f"/v1/logs/{quote_path(needle.text)}", b"", JSON).status == 404
        assert post(port, "/v1/logs", b"\n\xff" + needle.text.encode()).status == 400
        assert post(port, "/v1/logs", b"{}", quote_path(needle.text)).status == 415


def quote_path(text: str) -> str:
    """Make a text fit for a request line, as little as that needs."""
    return text.replace("\n", "").replace(" ", "+")


@pytest.fixture(scope="module", params=["held back", "stored"])
def sent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """Run a gateway whose store is out of reach, and one with the embedded store, and send them everything."""
    held = request.param == "held back"
    folder = tmp_path_factory.mktemp("privacy")
    service: dict[str, Any] = {
        "spool": {"segment_max_age": 0.2, "compression": "none", "acknowledge": "spooled" if held else "stored"},
    }
    made = Gateway(folder, dsn=f"clickhouse://{HOST}:{free_port()}/otel" if held else None, service=service)
    made.config["service"]["telemetry"]["logs"] = {"level": "debug"}
    made.write()
    with made:
        made.start()
        sent = Sent(made)
        for signal in Signal:
            send_every_position(sent, signal, "grpc" if held else "json")
            send_known_attributes(sent, signal)
            send_raw_ids(sent, signal)
            send_dropped(sent, signal)
        send_plain_events(sent)
        send_broken(sent)
        yield sent


def number_of(row: dict[str, Any]) -> int:
    """Answer the number of a row of a segment."""
    if "StartTimeUnix" in row:
        return int(row["StartTimeUnix"].timestamp())
    return int(row.get("TraceId") or row.get("trace_id") or "0", 16)


def stored(sent: Sent, signal: Signal) -> dict[int, str]:
    """Answer all that is stored of each record of a signal as text, by number."""
    found: dict[int, str] = {}
    expected = len(sent.rows[signal])
    if sent.gateway.config["exporters"]["clickhouse"].get("dsn"):
        spool = sent.gateway.data / "spool"
        until(
            lambda: (
                sum(len(rows) for path, rows in segment_rows(spool) if path.parent.name in TABLES[signal]) >= expected
            ),
            f"{expected} rows of {signal} in sealed segments",
        )
        for _, rows in segment_rows(spool):
            for row in rows.to_pylist():
                number = number_of(row)
                found[number] = found.get(number, "") + str(row)
    else:
        for table in (*TABLES[signal], "lift_events"):
            number_column = NUMBER_IN_SQL.get(table, "hex(toUnixTimestamp(StartTimeUnix))")
            for given, row in query(
                sent.gateway.ports["sql"], f"SELECT {number_column}, toString(tuple(*)) FROM otel.{table}"
            ):
                number = int(given or "0", 16)
                found[number] = found.get(number, "") + row
    return {number: text for number, text in found.items() if number in sent.rows[signal]}


@pytest.mark.parametrize("signal", list(Signal))
def test_every_record_is_kept_without_what_was_planted(sent: Sent, signal: Signal) -> None:
    """All records that were sent are stored, and no row holds personal data, whatever position it was planted in."""
    rows = stored(sent, signal)
    assert rows.keys() == sent.rows[signal].keys()
    leaks = {sent.rows[signal][number]: found_in(text.encode(), SECRETS) for number, text in rows.items()}
    assert {what: found for what, found in leaks.items() if found} == {}
    assert sum("seen " in text for text in rows.values()) > 100


def test_no_file_holds_what_was_planted(sent: Sent) -> None:
    """The raw bytes of no file hold personal data: spool, journal, run folder, ledger, keys, store and log."""
    for signal in Signal:
        stored(sent, signal)
    assert any_of(sent.gateway.file.parent, SECRETS) == {}


def test_no_table_holds_what_was_planted(sent: Sent) -> None:
    """No column of any table holds personal data, the engine's own tables included."""
    if sent.gateway.config["exporters"]["clickhouse"].get("dsn"):
        found = any_of(sent.gateway.data / "spool", {"text": forms(HARMLESS)})
        assert {Path(name).parent.name for name in found} == {
            "otel_traces",
            "otel_logs",
            "otel_metrics_gauge",
            "lift_events",
        }
        return
    tables = table_bytes(sent.gateway.ports["sql"])
    assert {"otel.otel_logs", "otel.otel_traces", "otel.lift_events"} <= tables.keys()
    assert HARMLESS.encode() in tables["otel.otel_logs"]
    leaks = {name: found_in(content, SECRETS) for name, content in tables.items()}
    assert {name: found for name, found in leaks.items() if found} == {}


def test_no_metric_holds_what_was_planted(sent: Sent) -> None:
    """Neither the gateway's metrics page nor its health pages hold personal data in a label or elsewhere."""
    pages = {path: sent.gateway.page(path)[1] for path in ("/metrics", "/healthz", "/readyz")}
    assert "otel_lift_redactions_total" in pages["/metrics"]
    assert found_in("\n".join(pages.values()).encode(), SECRETS) == set()

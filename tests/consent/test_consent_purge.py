import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_engines import server_port, store, stream
from otel_lift_consent import ConsentConfig, Entry, Ledger, ledger_path
from otel_lift_consent.purge import Purge
from otel_lift_consent.sharing import share
from privacy_rows import Counts, batch

from otel_lift.batch import SCHEMAS, Batch, Level, MetricKind, Signal
from otel_lift.config import load
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.jobs.exports import IdleExports
from otel_lift.keys import Key, KeyRing
from otel_lift.rollups import compare
from otel_lift.semconv import Consent
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.tables import TimeWindow, to_tables
from otel_lift.tables.subjects import NewSubjects

__all__ = ["server_port", "store"]

SECOND = 1_000_000_000
NOW = int(time.time()) * SECOND
T = NOW - 3600 * SECOND
RING = KeyRing((Key("k1", b"1" * 16 + bytes(range(16)), date(2026, 1, 1)),), bytes(range(32)))
ADA, BOB = RING.person("ada"), RING.person("bob")
SUBJECTS = {ADA: RING.subject("ada"), BOB: RING.subject("bob")}
Row = Mapping[str, Any]
POINT = {field.name for field in SCHEMAS[Signal.METRICS][Level.RECORD]}


@pytest.fixture
def opened(store: Store) -> OpenStore:
    """Answer a store with its schema, as jobs get it."""
    options = SchemaOptions(database=store.dsn.database)
    apply(store, options)
    return OpenStore("clickhouse", store, options)


def context(tmp_path: Path, *stores: OpenStore, meter: Counts | None = None) -> JobContext:
    """Answer what the job gets in a gateway without a spool."""
    file = tmp_path / "lift.yaml"
    processors = "{pseudonyms: , consent: , anonymise: {public: [shop.*]}}"
    pipelines = "{logs: {receivers: [otlp], processors: [pseudonyms, consent, anonymise], exporters: [clickhouse]}}"
    file.write_text(
        f"receivers: {{otlp: {{protocols: {{http: {{}}}}}}}}\nprocessors: {processors}\nexporters: {{clickhouse: }}\n"
        f"service: {{data: {tmp_path / 'data'}, pipelines: {pipelines}}}\n"
    )
    data = tmp_path / "data"
    return JobContext(load(file), data, "g", stores, IdleExports(data), lambda: RING, meter or Counts())


def about(person: str, name: str | None, at: int, consent: str = "granted", **attributes: object) -> Row:
    """Write a message of a person, `at` seconds after the beginning."""
    return {
        "lift.event": name,
        "event_name": f"lift.{name}" if name else "",
        "lift.person": person,
        "lift.subject": SUBJECTS[person],
        "lift.subject_key": "k1",
        "lift.consent": consent,
        "time_unix_nano": T + at * SECOND,
        "attributes": attributes,
    }


def filled(sent: Batch) -> Batch:
    """Give a batch written by hand what a decoded one has in place of nulls."""
    for level, table in sent.tables.items():
        columns = {
            field.name: sent.column(level, field.name).fill_null(0 if pa.types.is_integer(field.type) else "")
            for field in table.schema
            if not field.name.startswith("lift.")
            and (pa.types.is_integer(field.type) or pa.types.is_string(field.type))
        }
        interned = {
            field.name: sent.column(level, field.name).cast(pa.string()).fill_null("").dictionary_encode()
            for field in table.schema
            if not field.name.startswith("lift.") and pa.types.is_dictionary(field.type)
        }
        if sent.rows(level):
            sent = sent.with_columns(level, columns | interned)
    return sent


def keep(opened: OpenStore, signal: Signal, records: Sequence[Row], **further: Any) -> None:
    """Store messages as a gateway does that has let them pass."""
    sent = filled(batch(signal, records, received=NOW, **further))
    rows = [(table.table, table.rows) for table in to_tables(sent, TimeWindow())]
    subjects = NewSubjects([lambda: RING], Path("no register of erasures")).rows(sent)
    for table, of_table in [*rows, *([("lift_subjects", subjects)] if subjects is not None else [])]:
        token = f"{table}-{time.monotonic_ns()}"
        opened.store.insert_stream(table, of_table.schema.names, stream([of_table]), token)


def learn(tmp_path: Path, person: str, category: Consent, *entries: tuple[int, bool]) -> None:
    """Write entries at so many seconds after the beginning."""
    Ledger(ledger_path(tmp_path / "data")).record(
        Entry(person, category, granted, T + at * SECOND, NOW) for at, granted in entries
    )


def run(tmp_path: Path, opened: OpenStore, meter: Counts | None = None, **actions: str) -> Counts:
    """Run the job once."""
    counts = meter or Counts()
    config = ConsentConfig.model_validate({"actions": actions, "categories": {"offer_shown": "marketing"}})
    Purge(config).run(context(tmp_path, opened, meter=counts))
    return counts


def rows(opened: OpenStore, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Answer rows by time."""
    order = {"lift_events": "event_time", "otel_logs": "Timestamp", "otel_traces": "Timestamp"}.get(table, "TimeUnix")
    return [tuple(row) for row in opened.store.query(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}").rows]


def at(column: str) -> str:
    """Answer a time as seconds after the beginning, as SQL."""
    return f"intDiv(toUnixTimestamp64Nano({column}) - {T}, {SECOND})"


def test_what_a_withdrawal_takes_back_is_deleted_and_nothing_else(opened: OpenStore, tmp_path: Path) -> None:
    """Gone are the person's rows of the category from the withdrawal until the next grant, but for own newer grants."""
    times = (5, 10, 15, 20, 25)
    keep(
        opened,
        Signal.LOGS,
        [
            *(about(ADA, "feature_used", second) for second in times),
            *(about(BOB, "feature_used", second) for second in times),
            *(about(ADA, "offer_shown", second) for second in times),
            about(ADA, "feature_used", 11, "granted_by_record"),
            about(ADA, "feature_used", 10, "granted_by_record"),
            about(ADA, "user_consent_update", 12, "not_required"),
        ],
    )
    learn(tmp_path, ADA, Consent.ANALYTICS, (0, True), (10, False), (20, True))
    meter = run(tmp_path, opened)
    expected = sorted(
        [
            *((SUBJECTS[ADA], "feature_used", second) for second in (5, 20, 25)),
            *((SUBJECTS[BOB], "feature_used", second) for second in times),
            *((SUBJECTS[ADA], "offer_shown", second) for second in times),
            (SUBJECTS[ADA], "feature_used", 11),
            (SUBJECTS[ADA], "user_consent_update", 12),
        ]
    )
    assert sorted(rows(opened, "lift_events", "subject", "event", at("event_time"))) == expected
    logs = rows(opened, "otel_logs", "LogAttributes['lift.subject']", at("Timestamp"))
    assert sorted(logs) == sorted((subject, second) for subject, _, second in expected)
    assert meter.of("consent_purged_rows", table="lift_events", action="deleted") == 3
    assert meter.of("consent_purged_rows", table="otel_logs", action="deleted") == 3


def test_withdrawals_of_many_people_are_applied_together(opened: OpenStore, tmp_path: Path) -> None:
    """Of hundreds of people each loses what lies in an own window, of several too, and nothing of another's."""
    people = [(f"person {number}", number % 3) for number in range(600)]
    sent = []
    for name, kind in people:
        of = {"lift.person": RING.person(name), "lift.subject": RING.subject(name)}
        sent += [{**about(ADA, "feature_used", second), **of} for second in (5, 15, 25, 35)]
        # none, one window, two windows
        entries = [[(0, True)], [(0, True), (10, False), (20, True)], [(10, False), (20, True), (30, False)]][kind]
        learn(tmp_path, RING.person(name), Consent.ANALYTICS, *entries)
    keep(opened, Signal.LOGS, sent)
    run(tmp_path, opened)
    left = [(5, 15, 25, 35), (5, 25, 35), (5, 25)]
    expected = sorted((RING.subject(name), second) for name, kind in people for second in left[kind])
    assert sorted(rows(opened, "lift_events", "subject", at("event_time"))) == expected
    assert sorted(rows(opened, "otel_logs", "LogAttributes['lift.subject']", at("Timestamp"))) == expected


def test_an_essential_withdrawal_makes_rows_anonymous(opened: OpenStore, tmp_path: Path) -> None:
    """Of essential rows stay what is public, the template and the counts; a pattern counts one person less."""
    failure = {"lift.template": "no such <id>", "lift.fingerprint": "f" * 64, "body": "no such 7", "body_type": 1}
    attributes = {"http.route": "/pay", "session.id": "s", "shop.region": "eu", "shop_secret": "x", "user.name": "u"}
    keep(
        opened,
        Signal.LOGS,
        [{**about(person, "api_error", second, **attributes), **failure} for person in (ADA, BOB) for second in (5, 15)]
        + [about(ADA, None, 16, **attributes)],
        resources=[{"attributes": {"service.name": "shop", "host.name": "h"}}],
    )
    learn(tmp_path, ADA, Consent.ESSENTIAL, (10, False))
    run(tmp_path, opened)
    run(tmp_path, opened)
    bare = {
        "http.route": "/pay",
        "lift.consent": "denied",
        "lift.fingerprint": "f" * 64,
        "lift.template": "no such <id>",
    }
    found = rows(opened, "otel_logs", "LogAttributes", "Body", "ResourceAttributes", "ServiceName")
    anonymous = [row for row in found if "lift.subject" not in row[0]]
    assert anonymous == [
        ({**bare, "shop.region": "eu"}, "no such <id>", {"service.name": "shop"}, "shop"),
        ({"http.route": "/pay", "lift.consent": "denied", "shop.region": "eu"}, "", {"service.name": "shop"}, "shop"),
    ]
    assert len(found) == 5
    events = rows(
        opened,
        "lift_events",
        "subject",
        "subject_key",
        "session_id",
        "consent",
        "message",
        "properties",
        "event",
        "endpoint",
    )
    assert len(events) == 4
    assert [event for event in events if not event[0]] == [
        ("", "", "", "denied", "no such <id>", {"shop.region": "eu"}, "api_error", "/pay")
    ]
    assert all("s" in event[2] for event in events if event[0])
    counted = opened.store.query(
        "SELECT sum(occurrences), uniqMerge(affected_users) FROM lift_error_patterns WHERE window > 0"
    ).rows
    assert [tuple(row) for row in counted] == [(4, 2)]


def test_rollups_count_what_a_withdrawal_leaves(opened: OpenStore, tmp_path: Path) -> None:
    """Deleted and anonymised events are out of the person's own days and out of the counts of people, at once."""
    keep(
        opened,
        Signal.LOGS,
        [
            about(person, name, second)
            for person in (ADA, BOB)
            for name in ("feature_used", "api_error")
            for second in (5, 15)
        ],
    )
    learn(tmp_path, ADA, Consent.ANALYTICS, (0, False))
    learn(tmp_path, ADA, Consent.ESSENTIAL, (10, False))
    run(tmp_path, opened)
    today = datetime.now(UTC).date()
    assert compare(opened, today - timedelta(days=2), today) == ()
    counted = opened.store.query(
        "SELECT event, sum(events), uniqMerge(users) FROM lift_rollup_daily GROUP BY event ORDER BY event"
    ).rows
    assert [tuple(row) for row in counted] == [("api_error", 4, 2), ("feature_used", 2, 1)]
    days = opened.store.query("SELECT subject, sum(events), sum(errors) FROM lift_user_days GROUP BY subject").rows
    assert {tuple(row) for row in days} == {(SUBJECTS[ADA], 1, 1), (SUBJECTS[BOB], 4, 2)}
    errors = opened.store.query("SELECT subject, sum(errors) FROM lift_daily_user_errors GROUP BY subject").rows
    assert {tuple(row) for row in errors} == {(SUBJECTS[ADA], 1), (SUBJECTS[BOB], 2)}


def test_spans_stay_as_skeletons_and_lose_what_was_taken_back(opened: OpenStore, tmp_path: Path) -> None:
    """A span of the category keeps ids, times, name, kind and status; of others only its denied events go."""
    yes = {"http.route": "/"}
    person = {"lift.person": ADA, "lift.subject": SUBJECTS[ADA], "lift.subject_key": "k1"}

    def span(name: str | None, second: int) -> Row:
        return {
            **about(ADA, name, second, **yes, **({"lift.event": name} if name else {})),
            "start_time_unix_nano": T + second * SECOND,
            "name": f"span {second}",
            "kind": 2,
            "status_code": 2,
            "status_message": "of ada",
            "trace_state": "a=b",
            "trace_id": bytes([second] * 16),
            "span_id": bytes([second] * 8),
        }

    def inside(record: int, name: str | None, second: int) -> Row:
        own = {"lift.event": name, "k": "v"} if name else {"k": "v"}
        consent = {"lift.event": name, "lift.consent": "granted"} if name else {}
        return {
            "record": record,
            "name": name or "plain",
            "time_unix_nano": T + second * SECOND,
            "attributes": own,
            **person,
            **consent,
        }

    keep(
        opened,
        Signal.TRACES,
        [span("feature_used", 15), span(None, 16), span("feature_used", 5)],
        events=[inside(0, None, 15), inside(0, "api_error", 15), inside(1, "feature_used", 17), inside(1, None, 17)],
        links=[{"record": 0, "trace_id": b"1" * 16, "span_id": b"1" * 8, "trace_state": "", "attributes": {}}],
    )
    learn(tmp_path, ADA, Consent.ANALYTICS, (0, True), (10, False))
    run(tmp_path, opened)
    columns = ("SpanName", "SpanKind", "StatusCode", "StatusMessage", "TraceState", "SpanAttributes['lift.subject']")
    found = rows(opened, "otel_traces", *columns, "`Events.Name`", "length(`Links.TraceId`)")
    subject = SUBJECTS[ADA]
    assert found == [
        ("span 5", "Server", "Error", "of ada", "a=b", subject, [], 0),
        ("span 15", "Server", "Error", "", "", "", ["api_error"], 0),
        ("span 16", "Server", "Error", "of ada", "a=b", subject, ["plain"], 0),
    ]
    skeleton, other = rows(opened, "otel_traces", "SpanAttributes", "`Events.Attributes`", "TraceId")[1:]
    assert skeleton == ({"lift.consent": "denied"}, [{"lift.event": "api_error"}], "0f" * 16)
    assert other[1] == [{"k": "v", "lift.subject": subject, "lift.subject_key": "k1"}]
    assert rows(opened, "lift_events", "event", at("event_time")) == [("feature_used", 5), ("api_error", 15)]


def test_metrics_of_a_person_and_their_exemplars_become_anonymous(opened: OpenStore, tmp_path: Path) -> None:
    """A data point keeps what it counts; an exemplar that measured the person goes."""
    point = {**about(ADA, None, 15, route="/x", **{"http.route": "/"}), "int_value": 4}
    other = {"time_unix_nano": T + 16 * SECOND, "attributes": {"route": "/x"}}
    exemplar = {"lift.person": ADA, "lift.subject": SUBJECTS[ADA], "lift.subject_key": "k1", "attributes": {"k": "v"}}
    points = [{name: value for name, value in one.items() if name in POINT} for one in (point, other)]
    keep(
        opened,
        Signal.METRICS,
        points,
        metrics=[{"name": "m", "kind": MetricKind.SUM, "description": "of ada"}],
        exemplars=[
            {**exemplar, "record": 1, "time_unix_nano": T + second * SECOND, "trace_id": bytes([second] * 16)}
            for second in (5, 17)
        ],
    )
    learn(tmp_path, ADA, Consent.ESSENTIAL, (10, False))
    meter = run(tmp_path, opened)
    table = "otel_metrics_sum"
    assert rows(opened, table, "Attributes", "MetricDescription", "`Exemplars.TraceId`") == [
        ({"http.route": "/", "lift.consent": "denied"}, "", []),
        ({"route": "/x"}, "of ada", ["05" * 16]),
    ]
    assert meter.of("consent_purged_rows", table=table, action="anonymised") == 2


def test_a_restored_store_is_purged_again_and_a_late_row_too(opened: OpenStore, tmp_path: Path) -> None:
    """Rows that come again, from a backup or late, go again; what was looked at twice is left alone until then."""
    learn(tmp_path, ADA, Consent.ANALYTICS, (0, True), (10, False))
    assert run(tmp_path, opened).seen == {}
    config = ConsentConfig.model_validate({"ledger": {"late": 0}})
    row = about(ADA, "feature_used", 15)
    keep(opened, Signal.LOGS, [row])
    Purge(config).run(context(tmp_path, opened))
    assert rows(opened, "lift_events", "event") == []
    keep(opened, Signal.LOGS, [row])
    Purge(config).run(context(tmp_path, opened))
    assert rows(opened, "lift_events", "event") == [("feature_used",)]
    share(context(tmp_path, opened))
    opened.store.command("TRUNCATE TABLE lift_consent")
    share(context(tmp_path, opened))
    Purge(config).run(context(tmp_path, opened))
    assert rows(opened, "lift_events", "event") == []

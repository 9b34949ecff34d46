"""Metrics and people: pseudonyms, consent, redaction and anonymity of data points and their exemplars."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from gateways import Gateway, gateway, query, until
from kernels import export as request_of
from otel_lift_anonymise import AnonymiseConfig, AnonymiseProcessor
from otel_lift_consent import ConsentConfig, ConsentProcessor
from otel_lift_pseudonyms import PseudonymsConfig, PseudonymsProcessor
from otel_lift_redaction import RedactionConfig, RedactionProcessor
from planted import any_of, export, forms
from privacy_rows import NOW, SECOND, Counts, attributes, batch, calls, column

from otel_lift.batch import SCHEMAS, Batch, Level, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.pipeline import Processor, Services
from otel_lift.pipeline.recognise import recognise
from otel_lift.tables import TimeWindow, to_tables

ADA, BOB = "ada-lovelace-1815", "bob-of-the-bakers"


def chain(tmp_path: Path, meter: Counts | None = None, **consent: Any) -> list[Processor]:
    """Start pseudonyms, consent, redaction and anonymise."""
    services = Services("one", tmp_path, meter or Counts())
    processors: list[Processor] = [
        PseudonymsProcessor(PseudonymsConfig(), services),
        ConsentProcessor(ConsentConfig.model_validate(consent), services),
        RedactionProcessor(RedactionConfig(), services),
        AnonymiseProcessor(AnonymiseConfig(), services),
    ]
    for processor in processors:
        processor.start()
    return processors


def process(processors: Sequence[Processor], found: Batch | None) -> Batch | None:
    """Pass a batch through; checks that it stays in its schemas."""
    for processor in processors:
        if found is not None:
            found = processor.process(found)
    if found is not None:
        for level, table in found.tables.items():
            table.validate(full=True)
            assert table.schema == SCHEMAS[found.signal][level]
    return found


def point(record: int | None = None, **values: str | bool) -> dict[str, object]:
    """Write a data point, or with `record` an exemplar of that one; `values` are its attributes, `__` is a dot."""
    named = {key.replace("__", "."): value for key, value in values.items()}
    row: dict[str, object] = {"time_unix_nano": NOW, "value_type": 3, "value_int": 7, "attributes": named}
    if record is not None:
        return {"record": record, **row}
    return {"start_time_unix_nano": NOW, "flags": 0, **row}


def done(tmp_path: Path, *points: dict[str, object], **levels: Any) -> Batch:
    """Pass points through the chain; all of them are kept."""
    found = process(chain(tmp_path), batch(Signal.METRICS, points, **levels))
    assert found is not None
    assert len(found) == len(points)
    return found


def test_a_point_about_nobody_needs_no_consent(tmp_path: Path) -> None:
    """What is counted of all is kept whole, without a word said by anybody."""
    found = done(tmp_path, point(http__route="/a", queue="q"), metrics=[{"description": "waiting"}])
    assert attributes(found) == [{"http.route": "/a", "queue": "q"}]
    assert column(found, "lift.consent") == ["not_required"]
    assert column(found, "description", Level.METRIC) == ["waiting"]


def test_a_point_about_somebody_who_did_not_agree_keeps_its_counts_only(tmp_path: Path) -> None:
    """The value, times, name, unit and public attributes stay; who it was, and all other words, go."""
    found = done(
        tmp_path,
        point(user__id=ADA, http__route="/a", note="of Ada") | {"count": 3, "bucket_counts": [1, 2]},
        point(http__route="/a", note="of all"),
        resources=[{"attributes": {"service.name": "shop", "owner": "jo"}}],
        scopes=[{"name": "lib", "attributes": {"team": "pay"}}],
        metrics=[{"name": "m", "unit": "1", "description": "by Jo", "attributes": {"owner": "jo"}}],
        exemplars=[point(0, k="v"), point(1, k="v")],
    )
    assert attributes(found) == [{"http.route": "/a"}, {"http.route": "/a", "note": "of all"}]
    assert column(found, "value_int") == [7, 7]
    assert (column(found, "count")[0], column(found, "bucket_counts")[0]) == (3, [1, 2])
    assert column(found, "lift.subject") == column(found, "lift.person") == [None, None]
    assert column(found, "record", Level.EXEMPLAR) == [1]
    (table,) = to_tables(found, TimeWindow())
    bare, whole = table.rows.to_pylist()
    assert (bare["MetricName"], bare["MetricUnit"], bare["MetricDescription"]) == ("m", "1", "")
    assert (bare["ResourceAttributes"], bare["ScopeAttributes"], bare["ScopeName"]) == (
        [("service.name", "shop")],
        [],
        "lib",
    )
    assert bare["Attributes"] == [("http.route", "/a"), ("lift.consent", "denied")]
    assert (whole["MetricDescription"], dict(whole["ResourceAttributes"])["owner"]) == ("by Jo", "jo")
    assert whole["ScopeAttributes"] == [("team", "pay")]


def test_a_point_about_somebody_who_agreed_is_kept_under_a_pseudonym(tmp_path: Path) -> None:
    """With consent a point and its exemplars keep their attributes, and the id becomes a pseudonym."""
    agreed: dict[str, str | bool] = {"user__id": ADA, "lift__consent__essential": True, "note": "n"}
    found = done(tmp_path, point(None, **agreed), exemplars=[point(0, k="v")])
    (subject,) = column(found, "lift.subject")
    assert len(subject) == 32
    assert attributes(found)[0]["user.id"] == subject
    assert column(found, "lift.consent") == ["granted_by_record"]
    assert column(found, "lift.subject", Level.EXEMPLAR) == [subject]
    assert attributes(found, Level.EXEMPLAR) == [{"k": "v"}]


def test_an_exemplar_needs_the_consent_of_its_own_person(tmp_path: Path) -> None:
    """Of what is counted of all, the examples of those who did not agree go, and the count stays."""
    found = done(
        tmp_path,
        point(http__route="/a"),
        exemplars=[
            point(0, user__id=ADA),
            point(0, user__id=BOB, lift__consent__essential=True),
            point(0, k="v"),
            point(0, session__id="s-1"),
        ],
    )
    kept = attributes(found, Level.EXEMPLAR)
    assert [sorted(each) for each in kept] == [["lift.consent.essential", "user.id"], ["k"]]
    assert BOB not in str(kept)
    assert column(found, "lift.consent", Level.EXEMPLAR) == ["granted_by_record", "not_required"]
    assert column(found, "lift.consent") == ["not_required"]
    assert column(found, "value_int") == [7]


def test_the_ledger_answers_for_metrics(tmp_path: Path) -> None:
    """A grant or a withdrawal that came as an event holds for the points and exemplars of that person."""
    processors = chain(tmp_path)

    def say(person: str, answer: bool, when: int) -> None:
        update = {
            "event_name": "lift.user_consent_update",
            "time_unix_nano": when,
            "attributes": {"user.id": person, "lift.consent.essential": answer},
        }
        process(processors, recognise(batch(Signal.LOGS, [update])))

    say(ADA, True, NOW - 2 * SECOND)
    say(BOB, True, NOW - 3 * SECOND)
    say(BOB, False, NOW - 2 * SECOND)
    found = process(
        processors,
        batch(
            Signal.METRICS,
            [point(user__id=ADA), point(user__id=BOB), point(user__id=BOB, lift__consent__essential=True)],
            exemplars=[point(0, user__id=BOB), point(0, user__id=ADA)],
        ),
    )
    assert found is not None
    assert column(found, "lift.consent") == ["granted", "denied", "granted_by_record"]
    assert column(found, "lift.subject", Level.EXEMPLAR) == column(found, "lift.subject")[:1]


def test_metadata_that_names_somebody_makes_all_its_points_personal(tmp_path: Path) -> None:
    """The points of a metric about a person are about that person, those of its neighbour are not."""
    found = done(
        tmp_path,
        point(k="v") | {"metric": 1},
        point(k="v"),
        metrics=[{}, {"attributes": {"user.id": ADA}}],
    )
    assert column(found, "lift.consent") == ["denied", "not_required"]
    assert attributes(found) == [{}, {"k": "v"}]
    assert ADA not in str([table.to_pylist() for table in found.tables.values()])


def test_a_subject_is_looked_for_from_the_inside_out(tmp_path: Path) -> None:
    """A point's subject is its own, else its metric's, else its scope's; an exemplar's its own, else its point's."""
    pseudonyms = chain(tmp_path)[:1]
    found = process(
        pseudonyms,
        batch(
            Signal.METRICS,
            [point(user__id="own") | {"metric": 1}, point() | {"metric": 1}, point(), point() | {"scope": 1}],
            resources=[{"attributes": {"user.id": "resource"}}],
            scopes=[{"attributes": {"user.id": "scope"}}, {}],
            metrics=[{}, {"attributes": {"user.id": "metric"}}],
            exemplars=[point(0), point(1, user__id="example"), point(2), point(3)],
        ),
    )
    assert found is not None
    own, of_metric, of_scope, of_resource = column(found, "lift.subject")
    assert len({own, of_metric, of_scope, of_resource, None}) == 5
    first, second, *rest = column(found, "lift.subject", Level.EXEMPLAR)
    assert [first, *rest] == [own, of_scope, of_resource]
    assert second not in {own, of_metric, of_scope, of_resource, None}


def test_with_the_action_drop_the_point_goes(tmp_path: Path) -> None:
    """Points and exemplars can be dropped instead, which is counted; a batch without a point left is nothing."""
    meter = Counts()
    processors = chain(tmp_path, meter, actions={"essential": "drop"})
    found = process(
        processors,
        batch(
            Signal.METRICS,
            [point(user__id=ADA), point(k="v")],
            exemplars=[point(0, k="v"), point(1, user__id=ADA), point(1, k="v")],
        ),
    )
    assert found is not None
    assert attributes(found) == attributes(found, Level.EXEMPLAR) == [{"k": "v"}]
    assert meter.of("consent_dropped", kind="data_point", category="essential") == 1
    # that of the dropped point goes with it
    assert meter.of("consent_dropped", kind="exemplar", category="essential") == 2
    assert process(processors, batch(Signal.METRICS, [point(user__id=ADA)])) is None


def test_decisions_are_counted_by_kind(tmp_path: Path) -> None:
    """Points and exemplars have kinds of their own among the decisions."""
    meter = Counts()
    process(
        chain(tmp_path, meter),
        batch(Signal.METRICS, [point(user__id=ADA), point()], exemplars=[point(1, user__id=ADA), point(1)]),
    )
    for kind in ("data_point", "exemplar"):
        for decision in ("denied", "not_required"):
            labels = {"kind": kind, "category": "essential", "decision": decision}
            assert meter.of("consent_decisions", **labels) == 1
        assert meter.of("consent_anonymised", kind=kind, category="essential") == 1
    assert meter.of("anonymise_records") == 1


def test_what_is_redacted_of_a_point_is_said_on_it_and_of_its_exemplars_is_not(tmp_path: Path) -> None:
    """A series' points bear the same marks whichever exemplars they come with, so that a series stays one."""
    needle = "jane@example.com"
    found = done(
        tmp_path,
        point(note=needle),
        point(note="x"),
        metrics=[{"name": f"of {needle}", "description": needle, "unit": needle, "attributes": {"k": needle}}],
        exemplars=[point(0, k=needle), point(1, k=needle)],
    )
    assert column(found, "lift.redaction.count") == [1, None]
    assert column(found, "lift.redaction.rules") == ["email", None]
    assert needle not in str([table.to_pylist() for table in found.tables.values()])
    assert column(found, "name", Level.METRIC) == ["of [email]"]


def test_a_point_is_never_a_lift_event(tmp_path: Path) -> None:
    """An attribute `lift.event` on a data point is a label like any other."""
    message = request_of(
        Signal.METRICS,
        {
            "scope_metrics": [
                {
                    "metrics": [
                        {
                            "name": "m",
                            "gauge": {
                                "data_points": [
                                    {"attributes": [{"key": "lift.event", "value": {"string_value": "user_error"}}]}
                                ]
                            },
                        }
                    ]
                }
            ]
        },
    )
    sent = recognise(decode(Signal.METRICS, [message.SerializeToString()], RequestContext(), NOW).batch)
    found = process(chain(tmp_path), sent)
    assert found is not None
    assert column(found, "lift.event") == [None]
    assert [table.table for table in to_tables(found, TimeWindow())] == ["otel_metrics_gauge"]
    assert attributes(found) == [{"lift.event": "user_error"}]


def test_work_is_by_column_not_by_point(tmp_path: Path) -> None:
    """Consent, redaction and anonymity make as many Python calls for 9,000 points as for 30."""
    pseudonyms, *processors = chain(tmp_path)

    def counted(points: int) -> int:
        rows = [point(user__id=ADA), point(k="jane@example.com"), point(http__route="/a")] * points
        examples = [point(place, user__id=BOB) for place in range(len(rows))]
        sent = pseudonyms.process(batch(Signal.METRICS, rows, exemplars=examples))
        # what is worked out once is not counted
        process(processors, sent)
        return calls(lambda: process(processors, sent))

    assert counted(3_000) <= counted(10) * 1.05


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway with the default processors and a spool that can be searched."""
    service = {"spool": {"segment_max_age": 0.05, "compression": "none", "acknowledge": "stored"}}
    with gateway(tmp_path_factory.mktemp("people"), service=service) as made:
        yield made


def labels(**values: str | bool) -> list[dict[str, Any]]:
    """Write attributes as OTLP has them; `__` is a dot."""
    return [
        {
            "key": key.replace("__", "."),
            "value": {"bool_value": value} if isinstance(value, bool) else {"string_value": value},
        }
        for key, value in values.items()
    ]


def test_what_people_did_not_agree_to_is_nowhere(running: Gateway) -> None:
    """Through the whole gateway: counts of all are stored, people only as they agreed, and no file has the rest."""
    grant = {
        "event_name": "lift.user_consent_update",
        "time_unix_nano": time.time_ns() - SECOND,
        "attributes": labels(user__id=BOB, lift__consent__essential=True),
    }
    export(running.ports["grpc"], Signal.LOGS, request_of(Signal.LOGS, {"scope_logs": [{"log_records": [grant]}]}))
    said = {name: f"{name}-said-without-consent" for name in ("label", "exemplar", "metadata", "resource")}
    now = time.time_ns()

    def numbered(number: int, examples: Sequence[Any] = (), **values: str | bool) -> dict[str, Any]:
        return {"time_unix_nano": now, "as_int": number, "attributes": labels(**values), "exemplars": examples}

    metrics = [
        {
            "name": "visits",
            "sum": {
                "data_points": [
                    numbered(
                        1,
                        [
                            {
                                "as_int": 10,
                                "trace_id": b"t" * 16,
                                "filtered_attributes": labels(user__id=ADA, n=said["exemplar"]),
                            },
                            {
                                "as_int": 11,
                                "trace_id": b"u" * 16,
                                "filtered_attributes": labels(user__id=BOB, n="kept"),
                            },
                        ],
                        http__route="/a",
                    ),
                    numbered(2, user__id=ADA, note=said["label"], http__route="/a"),
                    numbered(3, user__id=BOB, note="kept"),
                ]
            },
        },
        {
            "name": "of-ada",
            "metadata": labels(user__id=ADA, note=said["metadata"]),
            "gauge": {"data_points": [numbered(4, note=said["metadata"])]},
        },
    ]
    about_ada = {
        "resource": {"attributes": labels(user__id=ADA, note=said["resource"], service__name="phone")},
        "scope_metrics": [{"metrics": [{"name": "steps", "gauge": {"data_points": [numbered(5)]}}]}],
    }
    request = request_of(Signal.METRICS, {"scope_metrics": [{"metrics": metrics}]}, about_ada)

    assert export(running.ports["grpc"], Signal.METRICS, request) == b""

    sql = (
        "SELECT Value, Attributes, Exemplars.Value, Exemplars.FilteredAttributes FROM otel.otel_metrics_sum ORDER BY 1"
    )
    first, second, third = query(running.ports["sql"], sql)
    subject = third[1]["user.id"]
    assert (first[0], first[1], first[2]) == (1, {"http.route": "/a"}, [11])
    assert first[3][0]["user.id"] == first[3][0]["lift.subject"] == subject
    assert (second[0], second[1]) == (2, {"http.route": "/a", "lift.consent": "denied"})
    assert (third[0], third[1]["note"], third[1]["lift.subject"]) == (3, "kept", subject)
    gauges = query(
        running.ports["sql"], "SELECT Value, Attributes, ResourceAttributes FROM otel.otel_metrics_gauge ORDER BY 1"
    )
    assert gauges == [[4, {"lift.consent": "denied"}, {}], [5, {"lift.consent": "denied"}, {"service.name": "phone"}]]
    secrets = {name: forms(text) for name, text in {**said, "Ada": ADA, "Bob": BOB}.items()}
    assert any_of(running.file.parent, secrets) == {}
    until(lambda: not running.spooled(), "an empty spool")
    assert any_of(running.file.parent, secrets) == {}

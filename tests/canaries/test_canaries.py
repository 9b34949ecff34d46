"""Canaries: a gateway that lets personal data through says so by kind, form and place; a healthy one is silent."""

import base64
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_engines import interned, maps
from command_line import message_of, otel_lift
from gateways import PROCESSORS, Gateway, gateway, query, until
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.canaries import CanariesConfig
from otel_lift.canaries.needles import choose, pairs
from otel_lift.canaries.search import in_files, in_spool, in_store
from otel_lift.jobs import OpenStore
from otel_lift.store import Dsn, open_store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic import FORMS, KINDS

_SECRET = "kept-by-nobody-4711"


def _keeping(*kinds: str) -> Mapping[str, Any]:
    """Answer processors of which redaction lets what some detectors find through."""
    return {**dict.fromkeys(PROCESSORS), "redaction": {"detectors": {kind: {"action": "keep"} for kind in kinds}}}


def _trouble(running: Gateway) -> str:
    return str(json.loads(running.page("/readyz")[1])["trouble"].get("store", ""))


def test_a_healthy_gateway_is_silent(tmp_path: Path) -> None:
    """What is planted arrives by both protocols, is checked and counted, and no alert is raised."""
    with gateway(tmp_path, service={"canaries": {"every": 1, "needles": 20}}) as running:
        until(lambda: running.total("canary_checked") >= 20, "checked")
        stored = query(
            running.ports["sql"], "SELECT count() FROM otel.otel_traces WHERE ServiceName LIKE 'otel-lift-%'"
        )
        assert int(stored[0][0]) > 0
        assert running.total("canary_leaks") == 0
        assert running.total("canary_missing") == 0
        assert running.total("canary_alert") == 0
        assert _trouble(running) == ""
        done = otel_lift("canaries", "run", "-c", running.file)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "40 planted, 0 did not arrive, 0 leaked" in done.stdout


def test_a_leak_is_an_alert_with_kind_form_and_place(tmp_path: Path) -> None:
    """Where a detector is off, the alert names what leaked and where, in log, metrics, readiness and audit log."""
    canaries = {"every": 1, "needles": 6, "kinds": ["iban"], "forms": ["plain", "json in a string"]}
    with gateway(tmp_path, processors=_keeping("iban"), service={"canaries": canaries}) as running:
        until(lambda: running.total("canary_leaks", kind="iban", form="plain"), "plain leaks")
        until(lambda: running.total("canary_leaks", kind="iban", form="json in a string"), "written leaks")
        until(lambda: running.total("canary_alert") == 1, "the alert")
        assert "a canary leaked: iban" in until(lambda: _trouble(running), "trouble")
        assert running.page("/readyz")[0] == 200
        words = "a canary leaked: iban written as plain stands in clickhouse.otel_"
        until(lambda: running.logged(words), "the place in the store")
        rows = until(
            lambda: query(running.ports["sql"], "SELECT details FROM otel.lift_audit WHERE action = 'canary alert'"),
            "audit",
        )
        assert {row[0]["kind"] for row in rows} == {"iban"}

        failed = otel_lift("canaries", "run", "-c", running.file)
        assert failed.returncode == 1
        assert "12 planted, 0 did not arrive" in failed.stdout
        assert " 0 leaked" not in failed.stdout
        assert "clickhouse.otel_" in failed.stdout


def test_what_does_not_arrive_is_an_alert(tmp_path: Path) -> None:
    """Canaries that are taken but not stored in time are counted and told."""
    canaries = {"every": 1, "needles": 4, "arrive_within": 1}
    with gateway(tmp_path, service={"canaries": canaries, "spool": {"segment_max_age": 30}}) as running:
        until(lambda: running.total("canary_missing") >= 4, "missing")
        until(lambda: running.total("canary_alert") == 1, "the alert")
        assert "did not arrive" in until(lambda: _trouble(running), "trouble")
        assert running.total("canary_leaks") == 0


def test_without_a_gateway_there_is_nothing_to_send_to(tmp_path: Path) -> None:
    """The command says that nothing takes the canaries."""
    made = Gateway(tmp_path)
    assert "does not take canaries" in message_of(otel_lift("canaries", "run", "-c", made.file))


def test_needles_are_never_shown() -> None:
    """A canary's text and what gives it away are in no representation, so in no log and no error."""
    for canary in choose(random.Random(1), CanariesConfig(needles=100)):
        assert canary.text not in repr(canary)
        assert not any(trace in repr(canary) for trace in canary.traces)


@given(kind=st.sampled_from(sorted(KINDS)), form=st.sampled_from(sorted(FORMS)), seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_what_is_planted_gives_itself_away(kind: str, form: str, seed: int) -> None:
    """What is let through as it was planted is found: in a text, in a value inside a value, and as bytes."""
    config = CanariesConfig(needles=1, kinds=(kind,), forms=(form,))
    if not pairs(config):
        return
    [canary] = choose(random.Random(seed), config)
    stored = (
        canary.text,
        json.dumps({"note": [canary.text]}, ensure_ascii=False),
        base64.b64encode(canary.text.encode()).decode(),
    )
    assert all(any(trace in text for trace in canary.traces) for text in stored)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("otel_traces", {"SpanName": interned([f"GET /{_SECRET}"])}),
        ("otel_traces", {"SpanAttributes": maps([{"note": f"of {_SECRET}"}])}),
        ("otel_traces", {"ResourceAttributes": maps([{f"of.{_SECRET}": "x"}])}),
        ("otel_traces", {"Events.Name": pa.array([["calm", _SECRET]], pa.list_(pa.string()))}),
        ("otel_logs", {"Body": pa.array([f"line\n{_SECRET}"])}),
        ("lift_events", {"message": pa.array([_SECRET]), "fingerprint": pa.array(["f" * 64])}),
    ],
)
def test_the_search_finds_a_text_in_every_kind_of_column(tmp_path: Path, table: str, row: dict[str, Any]) -> None:
    """A text in a string, a map's key or value, an array, or an aggregate made of it is found, and nothing else is."""
    dsn = Dsn.parse(f"chdb://{tmp_path}/store")
    with open_store(dsn) as store:
        apply(store, SchemaOptions())
        times = {"lift_events": "event_time"}.get(table, "Timestamp")
        now = pa.array([store.query("SELECT toUnixTimestamp64Nano(now64(9))").rows[0][0]]).view(pa.timestamp("ns"))
        extra = {"event": interned(["api_error"])} if table == "lift_events" else {}
        batch = pa.RecordBatch.from_pydict({times: now, **extra, **row})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        store.insert_stream(table, batch.schema.names, sink.getvalue().to_pybytes(), "once")

        hits = list(in_store(OpenStore("clickhouse", store, SchemaOptions()), ["nobody-else-0815", _SECRET], 0))
        assert (table, next(iter(row))) in {(hit.table, hit.column) for hit in hits}
        assert {hit.text for hit in hits} == {1}
        if table == "lift_events":
            assert ("lift_error_patterns", "sample") in {(hit.table, hit.column) for hit in hits}


def test_the_search_reads_the_spool_and_log_files(tmp_path: Path) -> None:
    """A text in a compressed segment, whole or cut short, and in a log file is found by the file's name."""
    batch = pa.RecordBatch.from_pydict({"Body": [f"of {_SECRET}"] * 100, "SpanName": interned([_SECRET] * 100)})
    (tmp_path / "otel_logs").mkdir()
    for name, cut in (("whole.arrow", 0), ("cut.open", 8)):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_batch(batch)
        content = sink.getvalue().to_pybytes()
        (tmp_path / "otel_logs" / name).write_bytes(content[: len(content) - cut])
    log = tmp_path / "gateway.log"
    log.write_text(f"it broke at {_SECRET}\n")

    hits = [*in_spool(tmp_path, ["else", _SECRET], 0), *in_files([log, tmp_path / "none.log"], ["else", _SECRET])]
    assert {(hit.text, hit.table) for hit in hits} == {
        (1, "spool/otel_logs/whole.arrow"),
        (1, "spool/otel_logs/cut.open"),
        (1, "gateway.log"),
    }

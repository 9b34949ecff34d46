"""The intake with real spool and kernel, and processors made for the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from privacy_rows import Counts

from otel_lift.batch import Batch, Level, RequestContext, Signal
from otel_lift.errors import BackpressureError, DecodeError, ProcessorError, ShuttingDownError, TooLargeError
from otel_lift.pipeline import Request
from otel_lift.pipeline.intake import Intake, IntakeLimits
from otel_lift.pipeline.quarantine import Quarantine
from otel_lift.pipeline.runner import Pipeline, Stage
from otel_lift.spool import SpoolConfig, SpoolReader, SpoolWriter
from otel_lift.tables import NewSubjects, TableBuilder, TimeWindow
from otel_lift.testing.sinks import ask

SECOND = 1_000_000_000


class Through:
    """A processor made of a function."""

    def __init__(self, work: Callable[[Batch], Batch | None] = lambda batch: batch) -> None:
        self._work = work

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def process(self, batch: Batch) -> Batch | None:
        """Apply the function."""
        return self._work(batch)


def _request(*bodies: str, context: RequestContext | None = None) -> Request:
    message = ExportLogsServiceRequest()
    records = message.resource_logs.add().scope_logs.add().log_records
    for body in bodies:
        records.add(time_unix_nano=1_790_000_000 * SECOND).body.string_value = body
    return Request(Signal.LOGS, message.SerializeToString(), context or RequestContext())


@contextmanager
def _intake(folder: Path, work: Callable[[Batch], Batch | None] = lambda batch: batch, **options: Any) -> Iterator[Any]:
    meter = Counts()
    spool = SpoolWriter(folder / "spool", SpoolConfig(segment_max_age=0.05))
    pipeline = Pipeline("logs", Signal.LOGS, [Stage("made", Through(work))], ["clickhouse"], meter)
    limits = options.pop("limits", IntakeLimits(1 << 20, 1 << 20))
    tables = TableBuilder(TimeWindow(), NewSubjects([], folder / "tombstones.log"))
    intake = Intake({("otlp", Signal.LOGS): [pipeline]}, spool, tables, limits, meter, **options)
    spool.start()
    intake.start()
    try:
        yield intake.sink("otlp"), meter
    finally:
        intake.close()
        spool.close()


def _spooled(folder: Path) -> list[str]:
    import pyarrow as pa

    found: list[str] = []
    for segment in SpoolReader(folder / "spool", "clickhouse").segments():
        segment.verify()
        found += pa.ipc.open_stream(segment.path).read_all().column("Body").to_pylist()
    return found


def test_an_acknowledged_request_is_in_the_spool(tmp_path: Path) -> None:
    """Once the future answers, the records are in a segment, and they are there once."""
    with _intake(tmp_path) as (sink, meter):
        outcomes = [ask(sink, _request(f"{n}a", f"{n}b")).result(10) for n in range(3)]

    assert [(outcome.accepted, outcome.rejected) for outcome in outcomes] == [(2, 0)] * 3
    assert sorted(_spooled(tmp_path)) == ["0a", "0b", "1a", "1b", "2a", "2b"]
    assert meter.of("records_received", signal="logs") == 6


def test_requests_that_wait_share_one_batch(tmp_path: Path) -> None:
    """What arrives while a batch is under way is processed together, but never across request contexts."""
    sizes: list[tuple[int, bool]] = []
    busy, go = threading.Event(), threading.Event()

    def work(batch: Batch) -> Batch:
        sizes.append((len(batch), batch.context.denied_by_header))
        busy.set()
        go.wait(10)
        return batch

    with _intake(tmp_path, work) as (sink, _):
        futures = [ask(sink, _request("first"))]
        busy.wait(10)
        futures += [ask(sink, _request("more")) for _ in range(20)]
        futures += [ask(sink, _request("denied", context=RequestContext(denied_by_header=True)))]
        go.set()
        assert all(future.result(10).accepted == 1 for future in futures)

    assert sizes == [(1, False), (20, False), (1, True)]


def test_a_malformed_request_harms_no_other(tmp_path: Path) -> None:
    """Of requests that share a batch, the malformed one is refused and the others are stored."""
    busy, go = threading.Event(), threading.Event()

    def work(batch: Batch) -> Batch:
        busy.set()
        go.wait(10)
        return batch

    with _intake(tmp_path, work) as (sink, _):
        futures = [ask(sink, _request("first"))]
        busy.wait(10)
        bad = ask(sink, Request(Signal.LOGS, b"\x0a\xff", RequestContext()))
        futures += [ask(sink, _request("second"))]
        go.set()
        assert [future.result(10).accepted for future in futures] == [1, 1]
        with pytest.raises(DecodeError):
            bad.result(10)

    assert sorted(_spooled(tmp_path)) == ["first", "second"]


def _fail_on_poison(batch: Batch) -> Batch:
    if "poison" in batch.column(Level.RECORD, "body").to_pylist():
        raise ValueError("cannot read bob@example.com")
    return batch


def test_a_failing_processor_lets_nothing_through_and_harms_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The request that a processor fails on is refused without a word of its data; its neighbours are stored."""
    with _intake(tmp_path, _fail_on_poison) as (sink, meter):
        futures = [ask(sink, _request(body)) for body in ("good", "poison", "fine")]
        assert [futures[0].result(10).accepted, futures[2].result(10).accepted] == [1, 1]
        with pytest.raises(ProcessorError) as refused:
            futures[1].result(10)

    assert sorted(_spooled(tmp_path)) == ["fine", "good"]
    assert "bob@example.com" not in str(refused.value) + caplog.text
    assert meter.of("stage_failures", pipeline="logs", stage="made") >= 1


def test_a_failed_request_can_go_to_quarantine(tmp_path: Path) -> None:
    """With a quarantine the failed request is acknowledged, kept encrypted, and not stored."""
    quarantine = Quarantine(tmp_path / "quarantine", max_bytes=1 << 20)
    request = _request("poison")

    with _intake(tmp_path, _fail_on_poison, quarantine=quarantine) as (sink, _):
        assert ask(sink, request).result(10).accepted == 0

    (kept,) = (tmp_path / "quarantine").glob("*.otlp")
    assert quarantine.get(kept) == request.payload
    assert _spooled(tmp_path) == []


def test_what_processors_drop_is_acknowledged(tmp_path: Path) -> None:
    """A request of which nothing remains is a success for its client, and nothing is written."""
    with _intake(tmp_path, lambda _: None) as (sink, _):
        assert ask(sink, _request("gone")).result(10).accepted == 1

    assert _spooled(tmp_path) == []


def test_a_full_queue_refuses_with_a_delay_and_keeps_what_it_has(tmp_path: Path) -> None:
    """Past its bound the queue refuses retryably; what it holds is still stored."""
    busy, go = threading.Event(), threading.Event()

    def work(batch: Batch) -> Batch:
        busy.set()
        go.wait(10)
        return batch

    request = _request("x" * 400)
    with _intake(tmp_path, work, limits=IntakeLimits(1_000, 1_000)) as (sink, meter):
        first = ask(sink, request)
        busy.wait(10)
        second, third = ask(sink, request), ask(sink, request)
        with pytest.raises(BackpressureError) as refused:
            third.result(10)
        with pytest.raises(TooLargeError):
            ask(sink, _request("x" * 2_000)).result(10)
        go.set()
        assert first.result(10).accepted == second.result(10).accepted == 1

    assert refused.value.retry_after > 0
    assert len(_spooled(tmp_path)) == 2
    assert meter.of("requests_refused", reason="BackpressureError") == 1


def test_a_closing_intake_finishes_what_it_took_and_refuses_the_rest(tmp_path: Path) -> None:
    """Closing answers all that is queued, and later requests are told to try elsewhere."""
    with _intake(tmp_path) as (sink, _):
        futures = [ask(sink, _request("x")) for _ in range(50)]

    assert all(future.result(0).accepted == 1 for future in futures)
    with pytest.raises(ShuttingDownError):
        ask(sink, _request("late")).result(10)
    assert len(_spooled(tmp_path)) == 50

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from otel_lift.errors import PermanentError, SpoolError, StoreError, StoreUnavailableError
from otel_lift.pipeline.export import ExportLoop, ExportStatus
from otel_lift.pipeline.exporter import Delivery
from otel_lift.spool import Segment, SpoolConfig, SpoolReader, SpoolWriter, TableRows

_FAST = Delivery(initial_backoff=0.005, max_backoff=0.02)


class _Recorder:
    """An exporter that notes what it is given, after doing to it what the test says."""

    def __init__(self, act: Callable[[Segment], None] = lambda _: None, delivery: Delivery = _FAST) -> None:
        self.delivery = delivery
        self.taken: list[Segment] = []
        self.tried: list[Segment] = []
        self.stopped = 0
        self._act = act

    def start(self) -> None:
        """Need nothing."""

    def export(self, segment: Segment) -> None:
        """Note the segment."""
        self.tried.append(segment)
        self._act(segment)
        self.taken.append(segment)

    def stop(self) -> None:
        """Count."""
        self.stopped += 1


class _Watch:
    """Waits for a status of the loop."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._status = ExportStatus()

    def __call__(self, status: ExportStatus) -> None:
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def until(self, reached: Callable[[ExportStatus], bool]) -> ExportStatus:
        with self._changed:
            assert self._changed.wait_for(lambda: reached(self._status), 20), self._status
            return self._status


class _Counts:
    def __init__(self) -> None:
        self.counted: dict[str, float] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add."""
        self.counted[name] = self.counted.get(name, 0) + amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Do nothing."""


@pytest.fixture
def fill(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Write rows to tables of a spool and seal them, one segment a table and call."""
    writer = SpoolWriter(tmp_path / "spool", SpoolConfig())
    writer.start()

    def write(*tables: str, rows: int = 3) -> None:
        batch = pa.RecordBatch.from_pydict({"a": list(range(rows))})
        for table in tables:
            writer.write([TableRows(table, batch)], ["one"]).result(10)
            writer.flush()

    yield write
    writer.close()


def _loop(tmp_path: Path, exporter: _Recorder, watch: _Watch, counts: _Counts | None = None) -> ExportLoop:
    reader = SpoolReader(tmp_path / "spool", "one")
    return ExportLoop(reader, exporter, name="one", meter=counts, poll=0.01, report=watch)


def test_segments_are_delivered_in_order_and_then_gone(tmp_path: Path, fill: Callable[..., None]) -> None:
    """Each segment is handed over once, oldest first, and leaves the spool; later ones are found too."""
    fill("t", "u", "t")
    exporter, watch, counts = _Recorder(), _Watch(), _Counts()
    loop = _loop(tmp_path, exporter, watch, counts)
    loop.start()
    watch.until(lambda status: status.segments == 3)
    fill("v")
    watch.until(lambda status: status.segments == 4)
    assert loop.stop(10)
    assert [segment.table for segment in exporter.taken] == ["t", "u", "t", "v"]
    assert list(SpoolReader(tmp_path / "spool", "one").segments()) == []
    assert (counts.counted["exported_segments"], counts.counted["exported_rows"]) == (4, 12)
    assert exporter.stopped == 1


def test_an_unavailable_store_is_waited_for(tmp_path: Path, fill: Callable[..., None]) -> None:
    """While the exporter says later, everything stays; when it comes back, all is delivered, the first one first."""
    fill("t", "u")
    down = threading.Event()
    down.set()

    def act(_: Segment) -> None:
        if down.is_set():
            raise StoreUnavailableError("gone")

    exporter, watch, counts = _Recorder(act), _Watch(), _Counts()
    loop = _loop(tmp_path, exporter, watch, counts)
    loop.start()
    status = watch.until(lambda status: status.retries >= 8)
    assert (status.segments, status.error) == (0, "gone")
    assert len(list(SpoolReader(tmp_path / "spool", "one").segments())) == 2
    down.clear()
    status = watch.until(lambda status: status.segments == 2)
    assert status.error is None
    loop.stop(10)
    assert [segment.table for segment in exporter.taken] == ["t", "u"]
    assert {segment.table for segment in exporter.tried[:-2]} == {"t"}
    assert counts.counted["export_retries"] >= 8


@pytest.mark.parametrize("error", [StoreError("no such column"), RuntimeError("a bug"), SpoolError("not damage")])
def test_a_refused_segment_waits_and_the_others_pass(
    tmp_path: Path, fill: Callable[..., None], error: Exception
) -> None:
    """A segment that the exporter cannot take is kept, reported and tried again; others are not held up by it."""
    fill("bad", "good", "good")
    migrated = threading.Event()

    def act(segment: Segment) -> None:
        if segment.table == "bad" and not migrated.is_set():
            raise error

    exporter, watch = _Recorder(act), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.start()
    status = watch.until(lambda status: status.segments == 2)
    assert status.blocked == 1
    assert str(error) in str(status.error)
    assert [segment.table for segment in SpoolReader(tmp_path / "spool", "one").segments()] == ["bad"]
    migrated.set()
    status = watch.until(lambda status: status.segments == 3)
    assert (status.blocked, status.error) == (0, None)
    loop.stop(10)


def test_a_damaged_segment_is_put_aside(tmp_path: Path, fill: Callable[..., None]) -> None:
    """A segment whose bytes changed is never sent: it goes to quarantine, and the next is delivered."""
    fill("t", "u")
    victim = next(SpoolReader(tmp_path / "spool", "one").segments()).path
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    exporter, watch = _Recorder(), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.start()
    watch.until(lambda status: status.segments == 1 and status.quarantined == 1)
    loop.stop(10)
    assert [segment.table for segment in exporter.tried] == ["u"]
    assert any((tmp_path / "spool" / "quarantine").iterdir())


def test_an_exporter_that_cannot_start_is_started_again(tmp_path: Path, fill: Callable[..., None]) -> None:
    """A store that is down when the process starts, or not yet migrated, costs nothing but time."""
    fill("t")
    failures = [StoreUnavailableError("down"), StoreError("old schema"), PermanentError("odd")]

    class Late(_Recorder):
        def start(self) -> None:
            """Fail some times."""
            if failures:
                raise failures.pop()

    exporter, watch = Late(), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.start()
    assert watch.until(lambda status: status.segments == 1).retries == 3
    loop.stop(10)


def test_as_many_inserts_as_configured_are_in_flight(tmp_path: Path, fill: Callable[..., None]) -> None:
    """With a concurrency of three, three segments are exported at once; one that fails leaves the others done."""
    fill("a", "b", "c", "d")
    together = threading.Barrier(3)
    first = threading.Event()

    def act(segment: Segment) -> None:
        if not first.is_set():
            if together.wait(10) == 0:
                first.set()
            if segment.table == "b":
                raise StoreUnavailableError("lost")

    exporter, watch = _Recorder(act, Delivery(3, 0.005, 0.02)), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.start()
    watch.until(lambda status: status.segments == 4)
    loop.stop(10)
    assert sorted(segment.table for segment in exporter.taken) == ["a", "b", "c", "d"]
    assert [segment.table for segment in exporter.tried].count("a") == 1


def test_stopping_does_not_wait_for_a_store_that_is_down(tmp_path: Path, fill: Callable[..., None]) -> None:
    """A loop in a long pause stops at once, and keeps what it could not send."""
    fill("t")

    def act(_: Segment) -> None:
        raise StoreUnavailableError("gone")

    exporter, watch = _Recorder(act, Delivery(1, 600, 600)), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.start()
    watch.until(lambda status: status.retries == 1)
    assert loop.stop(5)
    assert len(list(SpoolReader(tmp_path / "spool", "one").segments())) == 1


def test_draining_sends_what_is_there_and_ends(tmp_path: Path, fill: Callable[..., None]) -> None:
    """After `drain` the loop delivers all that is sealed and ends by itself; a store that is down ends it at once."""
    fill(*["t"] * 20)
    exporter, watch = _Recorder(), _Watch()
    loop = _loop(tmp_path, exporter, watch)
    loop.drain()
    loop.start()
    assert loop.stop(20)
    assert len(exporter.taken) == 20
    fill("t")
    down = _loop(tmp_path, _Recorder(_fail), _Watch())
    down.start()
    down.drain()
    assert down.stop(20)


def _fail(_: Segment) -> None:
    raise StoreUnavailableError("gone")

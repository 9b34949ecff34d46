"""`ExportLoop`: carries segments from the spool to one exporter, in order, until each is stored."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from otel_lift.errors import PermanentError, RetryableError, SpoolError
from otel_lift.pipeline.component import Meter, NullMeter
from otel_lift.pipeline.exporter import Delivery, Exporter
from otel_lift.pipeline.gate import Gate
from otel_lift.pipeline.handed import Handed
from otel_lift.spool import Segment

__all__ = ["ExportLoop", "ExportStatus", "SegmentSource"]

_log = logging.getLogger(__name__)


class SegmentSource(Protocol):
    """What the loop needs of a spool's reader; all of it is called from the loop's one thread."""

    def segments(self) -> Iterator[Segment]:
        """Yield what is sealed and not done, oldest first."""
        ...

    def done(self, segment: Segment) -> None:
        """Note that the segment is stored."""

    def quarantine(self, segment: Segment, reason: str) -> None:
        """Put a damaged segment aside."""


@dataclass(frozen=True, slots=True)
class ExportStatus:
    """How an exporter fares.

    `error` is why something waits now, None when nothing does; `blocked` counts segments that the exporter cannot take
    as things are (most often a migration is missing).
    """

    segments: int = 0
    rows: int = 0
    retries: int = 0
    quarantined: int = 0
    blocked: int = 0
    error: str | None = None


@dataclass(slots=True)
class _Wait:
    """A growing wait. `until` is on the monotonic clock."""

    attempts: int = 0
    until: float = 0.0

    def grow(self, delivery: Delivery) -> float:
        whole = min(delivery.max_backoff, delivery.initial_backoff * 2.0 ** min(self.attempts, 30))
        delay = whole * random.uniform(0.5, 1.0)  # noqa: S311  # spreads gateways out; nothing secret
        self.attempts += 1
        self.until = time.monotonic() + delay
        return delay


class ExportLoop:
    """Runs in a thread of its own: verify, export, done; nothing is ever given up or deleted unsent.

    When the exporter asks to try later, everything waits; a segment that it refuses waits alone, and the others pass.
    """

    def __init__(
        self,
        reader: SegmentSource,
        exporter: Exporter,
        *,
        name: str,
        meter: Meter | None = None,
        poll: float = 0.2,
        report: Callable[[ExportStatus], None] | None = None,
        handed: Handed | None = None,
    ) -> None:
        """`poll` is how often to look for new segments, in seconds; `report` is called with each change of status.

        `handed` is told of each segment before its insert begins.
        """
        self._reader = reader
        self._exporter = exporter
        self._name = name
        self._meter = meter or NullMeter()
        self._poll = poll
        self._report = report
        self._handed = handed
        self._gate = Gate()
        self._tried = threading.Event()
        self._delivery = exporter.delivery
        self._status = ExportStatus()
        self._blocked: dict[str, _Wait] = {}
        self._pause = _Wait()
        self._stopping = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"export-{name}", daemon=True)

    @property
    def status(self) -> ExportStatus:
        """How it goes."""
        return self._status

    def start(self) -> None:
        """Begin; what the exporter cannot reach yet is tried again until it can."""
        self._thread.start()

    def wait_tried(self, timeout: float) -> bool:
        """Wait until the exporter has started, or failed to for a first time; answers whether it did either."""
        return self._tried.wait(timeout)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no insert begin within the block, which waits first for those in flight."""
        self._gate.hold()
        try:
            yield
        finally:
            self._gate.release()

    def drain(self) -> None:
        """Let the loop send what is sealed and then end by itself, at the first failure at the latest."""
        self._ending.set()

    def stop(self, timeout: float | None = None) -> bool:
        """Finish the inserts in flight, or all that `drain` began, and end.

        Answers whether that was done within `timeout` seconds; what was not is sent at the next start.
        """
        if not self._ending.is_set():
            self._stopping.set()
            self._ending.set()
            self._gate.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._stopping.set()
        self._gate.wake()
        return not self._thread.is_alive()

    def _run(self) -> None:
        pool = ThreadPoolExecutor(self._delivery.concurrency, thread_name_prefix=f"export-{self._name}")
        try:
            started = self._attempt(self._exporter.start)
            self._tried.set()
            while not started and not self._ending.is_set():
                started = self._attempt(self._exporter.start)
            while started and not self._stopping.is_set():
                # One round from here sees all that is sealed; waiting for a quiet moment would not end under load.
                last = self._ending.is_set()
                self._round(pool)
                if last:
                    return
        finally:
            pool.shutdown()
            self._exporter.stop()

    def _round(self, pool: ThreadPoolExecutor) -> None:
        """Send what there is now, or rest until there may be more."""
        before = self._status.segments
        if not self._gate.enter(self._stopping):
            return
        done = self._attempt(lambda: self._send(pool, self._reader.segments()), self._gate.leave)
        if done and self._status.segments == before:
            self._ending.wait(self._poll)

    def _send(self, pool: ThreadPoolExecutor, segments: Iterable[Segment]) -> None:
        flying: dict[Future[None], Segment] = {}
        present: set[str] = set()
        try:
            for segment in segments:
                present.add(segment.token)
                if self._stopping.is_set() or self._gate.held:
                    return
                held = self._blocked.get(segment.token)
                if held and held.until > time.monotonic():
                    continue
                flying[pool.submit(self._deliver, segment)] = segment
                if len(flying) >= self._delivery.concurrency:
                    self._land(flying, FIRST_COMPLETED)
            self._land(flying)
            self._forget_blocked(present)
        finally:
            # After a failure the others in flight may well have been stored: they are noted, not sent again.
            for future, segment in flying.items():
                if future.exception() is None:
                    self._done(segment)

    def _deliver(self, segment: Segment) -> None:
        segment.verify()
        if self._handed is not None:
            self._handed.note(segment.path)
        try:
            self._exporter.export(segment)
        except SpoolError as error:
            raise PermanentError(f"the exporter failed: {error}") from error

    def _land(self, flying: dict[Future[None], Segment], until: str = "ALL_COMPLETED") -> None:
        done, _ = wait(flying, return_when=until)
        for future in done:
            segment = flying.pop(future)
            try:
                future.result()
            except RetryableError:
                raise
            except SpoolError as error:
                self._quarantine(segment, str(error))
            except Exception as error:  # noqa: BLE001  # whatever it is, the segment stays and comes again
                self._block(segment, error)
            else:
                self._done(segment)

    def _done(self, segment: Segment) -> None:
        self._reader.done(segment)
        self._blocked.pop(segment.token, None)
        self._pause.attempts = 0
        self._meter.count("exported_segments", 1, exporter=self._name, table=segment.table)
        self._meter.count("exported_rows", segment.rows, exporter=self._name, table=segment.table)
        status = self._status
        self._change(
            replace(
                status,
                segments=status.segments + 1,
                rows=status.rows + segment.rows,
                blocked=len(self._blocked),
                error=status.error if self._blocked else None,
            )
        )

    def _quarantine(self, segment: Segment, reason: str) -> None:
        self._reader.quarantine(segment, reason)
        _log.error("segment %s of %s is damaged and was put aside: %s", segment.path.name, segment.table, reason)
        self._meter.count("export_quarantined", 1, exporter=self._name, table=segment.table)
        self._change(replace(self._status, quarantined=self._status.quarantined + 1))

    def _block(self, segment: Segment, error: Exception) -> None:
        delay = self._blocked.setdefault(segment.token, _Wait()).grow(self._delivery)
        if not isinstance(error, PermanentError):
            _log.error("exporter %s failed on %s", self._name, segment.path.name, exc_info=error)
        _log.error("%s cannot take segment %s (again in %.1f s): %s", self._name, segment.path.name, delay, error)
        self._meter.count("export_refused", 1, exporter=self._name, table=segment.table)
        self._change(replace(self._status, blocked=len(self._blocked), error=str(error)))

    def _forget_blocked(self, present: set[str]) -> None:
        for token in self._blocked.keys() - present:
            del self._blocked[token]

    def _attempt(self, work: Callable[[], None], afterwards: Callable[[], None] = lambda: None) -> bool:
        """Do it, or wait; answers whether it was done. `afterwards` is called before any wait."""
        try:
            try:
                work()
            finally:
                afterwards()
        except Exception as error:  # noqa: BLE001  # the loop must outlive all that its surroundings can raise
            delay = self._pause.grow(self._delivery)
            _log.warning("exporter %s waits %.1f s: %s", self._name, delay, error)
            self._meter.count("export_retries", 1, exporter=self._name)
            self._change(replace(self._status, retries=self._status.retries + 1, error=str(error)))
            self._ending.wait(delay)
            return False
        return True

    def _change(self, status: ExportStatus) -> None:
        self._status = status
        if self._report is not None:
            self._report(status)

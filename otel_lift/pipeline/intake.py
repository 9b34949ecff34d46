"""The intake: requests from all receivers, coalesced, decoded, processed and spooled by one thread.

A request waits in a bounded queue; the thread takes all that wait, so that many small requests share one decode, one
pass of the processors and one commit, and a lone request waits for nothing. What a request's future answers is decided
here: its `Outcome` once the spool has it, or an error of `otel_lift.errors`.
"""

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.errors import BackpressureError, OtelLiftError, ProcessorError, ShuttingDownError, TooLargeError
from otel_lift.kernel import Outcome, decode
from otel_lift.pipeline.component import Meter
from otel_lift.pipeline.quarantine import Quarantine
from otel_lift.pipeline.runner import Pipeline, timed
from otel_lift.pipeline.sink import Request
from otel_lift.spool import SpoolWriter, TableRows

__all__ = ["Intake", "IntakeLimits", "ReceiverSink"]

logger = logging.getLogger(__name__)

ToTables = Callable[[Batch], Sequence[TableRows]]


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bytes of request bodies that may wait in memory, and that are decoded together."""

    max_queue_bytes: int
    max_batch_bytes: int


@dataclass(slots=True)
class _Waiting:
    receiver: str
    request: Request
    arrived: int
    future: "Future[Outcome]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class ReceiverSink:
    """The `Sink` that one receiver is given."""

    receiver: str
    signals: frozenset[Signal]
    put: Callable[[str, Request], "Future[Outcome]"]

    def submit(self, request: Request) -> "Future[Outcome]":
        """Queue a request; the future answers when it is durable."""
        return self.put(self.receiver, request)


class Intake:
    """Feeds the pipelines of one process; `routes` names the pipelines of each (receiver, signal)."""

    def __init__(
        self,
        routes: Mapping[tuple[str, Signal], Sequence[Pipeline]],
        spool: SpoolWriter,
        to_tables: ToTables,
        limits: IntakeLimits,
        meter: Meter,
        quarantine: Quarantine | None = None,
    ) -> None:
        self._routes = routes
        self._spool = spool
        self._to_tables = to_tables
        self._limits = limits
        self._meter = meter
        self._quarantine = quarantine
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def sink(self, receiver: str) -> ReceiverSink:
        """Answer the sink for a receiver, which carries the signals that some pipeline takes from it."""
        signals = frozenset(signal for name, signal in self._routes if name == receiver)
        return ReceiverSink(receiver, signals, self._put)

    def close(self) -> None:
        """Finish what is queued, take nothing more, and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _put(self, receiver: str, request: Request) -> "Future[Outcome]":
        size = len(request.payload)
        waiting = _Waiting(receiver, request, time.time_ns())
        waiting.future.set_running_or_notify_cancel()
        with self._changed:
            refusal = self._refusal(size)
            if refusal is None:
                self._queue.append(waiting)
                self._queued_bytes += size
                self._changed.notify()
        if refusal is not None:
            self._meter.count("requests_refused", 1, reason=type(refusal).__name__)
            waiting.future.set_exception(refusal)
        return waiting.future

    def _refusal(self, size: int) -> OtelLiftError | None:
        if self._closing:
            return ShuttingDownError("this gateway process is stopping; send the request again")
        if size > self._limits.max_queue_bytes:
            return TooLargeError(
                f"a request of {size} bytes can never fit the queue of {self._limits.max_queue_bytes} bytes; "
                "send smaller requests or raise service.intake.max_queue_bytes"
            )
        if self._queued_bytes + size > self._limits.max_queue_bytes:
            return BackpressureError("the gateway's queue is full; send the request again later")
        return None

    def _work(self) -> None:
        while batch := self._take():
            for (receiver, signal, context), group in _grouped(batch).items():
                self._run_group(receiver, signal, context, group)
            # What was taken counts against the queue's bound until it is processed, so memory is bounded too.
            with self._changed:
                self._queued_bytes -= sum(len(waiting.request.payload) for waiting in batch)

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        size = 0
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            while self._queue and (
                not taken or size + len(self._queue[0].request.payload) <= self._limits.max_batch_bytes
            ):
                taken.append(self._queue.popleft())
                size += len(taken[-1].request.payload)
        return taken

    def _run_group(self, receiver: str, signal: Signal, context: RequestContext, group: list[_Waiting]) -> None:
        try:
            with timed(self._meter, pipeline="", stage="decode"):
                decoded = decode(signal, [waiting.request.payload for waiting in group], context, group[0].arrived)
            pipelines = self._routes.get((receiver, signal), ()) if len(decoded.batch) else ()
            parts = [part for pipeline in pipelines if (part := self._through(pipeline, decoded.batch))]
            # One commit for the rows of all pipelines: an acknowledgement covers all of them, a refusal none.
            with timed(self._meter, pipeline="", stage="spool"):
                committed = self._spool.write_all(parts)
        except OtelLiftError as error:
            self._failed(receiver, signal, context, group, error)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing of the batch may pass
            # Not the error's message, which may quote the data that it failed on.
            logger.error("a batch was not let through: %s at %s", type(error).__name__, _frames(error))  # noqa: TRY400 - see above
            self._failed(receiver, signal, context, group, ProcessorError("the gateway failed on this batch"))
            return
        self._count(signal, decoded.outcomes)
        committed.add_done_callback(partial(self._answer, group, decoded.outcomes))

    def _through(self, pipeline: Pipeline, batch: Batch) -> "tuple[Sequence[TableRows], Sequence[str]] | None":
        result = pipeline.run(batch)
        if result is None:
            return None
        with timed(self._meter, pipeline=pipeline.name, stage="tables"):
            rows = self._to_tables(result)
        return rows, pipeline.exporters

    def _answer(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome], committed: "Future[None]") -> None:
        failure = committed.exception()
        for waiting, outcome in zip(group, outcomes, strict=True):
            # A request that is itself malformed learns so even if the rest of its group could not be committed.
            error = outcome.error or failure
            if error is None:
                waiting.future.set_result(outcome)
            else:
                self._meter.count("requests_refused", 1, reason=type(error).__name__)
                waiting.future.set_exception(error)

    def _failed(
        self, receiver: str, signal: Signal, context: RequestContext, group: list[_Waiting], error: OtelLiftError
    ) -> None:
        if isinstance(error, ProcessorError):
            logger.error("%d requests were not let through: %s", len(group), error)
        if isinstance(error, ProcessorError) and len(group) > 1:
            # One bad request must harm no other: each is tried by itself.
            for waiting in group:
                self._run_group(receiver, signal, context, [waiting])
            return
        if isinstance(error, ProcessorError) and self._quarantine is not None:
            self._put_in_quarantine(signal, group, self._quarantine)
            return
        for waiting in group:
            self._meter.count("requests_refused", 1, reason=type(error).__name__)
            waiting.future.set_exception(error)

    def _put_in_quarantine(self, signal: Signal, group: list[_Waiting], quarantine: Quarantine) -> None:
        for waiting in group:
            try:
                quarantine.put(signal, waiting.request.payload)
            except (OtelLiftError, OSError) as error:
                refusal = (
                    error if isinstance(error, OtelLiftError) else BackpressureError("the quarantine cannot be written")
                )
                waiting.future.set_exception(refusal)
                continue
            self._meter.count("requests_quarantined", 1, signal=signal)
            waiting.future.set_result(Outcome(accepted=0, rejected=0, message="", error=None))

    def _count(self, signal: Signal, outcomes: Sequence[Outcome]) -> None:
        self._meter.count("records_received", sum(outcome.accepted for outcome in outcomes), signal=signal)
        self._meter.count("records_rejected", sum(outcome.rejected for outcome in outcomes), signal=signal)


def _grouped(batch: Sequence[_Waiting]) -> dict[tuple[str, Signal, RequestContext], list[_Waiting]]:
    groups: dict[tuple[str, Signal, RequestContext], list[_Waiting]] = {}
    for waiting in batch:
        groups.setdefault((waiting.receiver, waiting.request.signal, waiting.request.context), []).append(waiting)
    return groups


def _frames(error: BaseException) -> str:
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)))

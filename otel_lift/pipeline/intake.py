"""The intake: requests from all receivers, coalesced, decoded, processed and spooled by one thread.

Requests gather in a bounded queue (see `Gathering`), so that many small ones share one decode, one pass of the
processors and one commit. What a request is answered is decided here: its `Outcome` once the spool has it, or an error
of `otel_lift.errors`.
"""

import logging
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Protocol, cast

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.errors import BackpressureError, OtelLiftError, ProcessorError
from otel_lift.kernel import Outcome, decode
from otel_lift.pipeline.component import Meter
from otel_lift.pipeline.gather import Gathering, IntakeLimits, Waiting
from otel_lift.pipeline.quarantine import Quarantine
from otel_lift.pipeline.runner import Pipeline, timed
from otel_lift.pipeline.sink import Answer, Request
from otel_lift.spool import SpoolWriter, TableRows

__all__ = ["Intake", "IntakeLimits", "ReceiverSink", "Tables"]

logger = logging.getLogger(__name__)

_Key = tuple[str, Signal, RequestContext]


class Tables(Protocol):
    """What makes rows of batches."""

    def build(self, batch: Batch) -> Sequence[TableRows]:
        """Answer the rows of a batch, of all tables."""
        ...

    def refused(self) -> None:
        """Learn that rows which were built have not been kept."""


@dataclass(frozen=True, slots=True)
class ReceiverSink:
    """The `Sink` that one receiver is given."""

    receiver: str
    signals: frozenset[Signal]
    put: Callable[[str, Request, Answer], None]

    def submit(self, request: Request, answer: Answer) -> None:
        """Queue a request; `answer` is told when it is durable."""
        self.put(self.receiver, request, answer)


class Intake:
    """Feeds the pipelines of one process; `routes` names the pipelines of each (receiver, signal)."""

    def __init__(
        self,
        routes: Mapping[tuple[str, Signal], Sequence[Pipeline]],
        spool: SpoolWriter,
        tables: Tables,
        limits: IntakeLimits,
        meter: Meter,
        quarantine: Quarantine | None = None,
    ) -> None:
        self._routes = routes
        self._spool = spool
        self._tables = tables
        self._meter = meter
        self._quarantine = quarantine
        self._requests = Gathering(limits)
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
        self._requests.close()
        self._thread.join()

    def _put(self, receiver: str, request: Request, answer: Answer) -> None:
        try:
            self._requests.put(receiver, request, answer)
        except OtelLiftError as refusal:
            self._meter.count("requests_refused", 1, reason=type(refusal).__name__)
            raise

    def _work(self) -> None:
        while batch := self._requests.take():
            for (receiver, signal, context), group in _grouped(batch).items():
                self._run_group(receiver, signal, context, group)

    def _run_group(self, receiver: str, signal: Signal, context: RequestContext, group: list[Waiting]) -> None:
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
        committed.add_done_callback(partial(self._settled, group, decoded.outcomes))

    def _through(self, pipeline: Pipeline, batch: Batch) -> "tuple[Sequence[TableRows], Sequence[str]] | None":
        result = pipeline.run(batch)
        if result is None:
            return None
        with timed(self._meter, pipeline=pipeline.name, stage="tables"):
            rows = self._tables.build(result)
        return rows, pipeline.exporters

    def _settled(self, group: Sequence[Waiting], outcomes: Sequence[Outcome], committed: "Future[None]") -> None:
        failure = committed.exception()
        if failure is None:
            self._answer(group, outcomes)
        else:
            refusal = cast("OtelLiftError", failure)
            self._tables.refused()
            # A request that is itself malformed learns so even if the rest of its group could not be committed.
            self._answer(group, [refusal if outcome.error is None else outcome for outcome in outcomes])

    def _answer(self, group: Sequence[Waiting], results: Sequence[Outcome | OtelLiftError]) -> None:
        refused: Counter[str] = Counter()
        self._requests.answered(len(group))
        for waiting, result in zip(group, results, strict=True):
            error = result.error if isinstance(result, Outcome) else result
            if error is not None:
                refused[type(error).__name__] += 1
            try:
                waiting.answer(result if error is None else error)
            except Exception:  # one client's reply must harm no other's
                logger.exception("a request could not be answered")
        for reason, count in refused.items():
            self._meter.count("requests_refused", count, reason=reason)

    def _failed(
        self, receiver: str, signal: Signal, context: RequestContext, group: list[Waiting], error: OtelLiftError
    ) -> None:
        self._tables.refused()
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
        self._answer(group, [error] * len(group))

    def _put_in_quarantine(self, signal: Signal, group: list[Waiting], quarantine: Quarantine) -> None:
        results: list[Outcome | OtelLiftError] = []
        for waiting in group:
            try:
                quarantine.put(signal, waiting.request.payload)
            except OtelLiftError as error:
                results.append(error)
            except OSError:
                results.append(BackpressureError("the quarantine cannot be written"))
            else:
                self._meter.count("requests_quarantined", 1, signal=signal)
                results.append(Outcome())
        self._answer(group, results)

    def _count(self, signal: Signal, outcomes: Sequence[Outcome]) -> None:
        self._meter.count("records_received", sum(outcome.accepted for outcome in outcomes), signal=signal)
        self._meter.count("records_rejected", sum(outcome.rejected for outcome in outcomes), signal=signal)


def _grouped(batch: Sequence[Waiting]) -> dict[_Key, list[Waiting]]:
    groups: dict[_Key, list[Waiting]] = {}
    for key, run in groupby(batch, _key):
        groups.setdefault(key, []).extend(run)
    return groups


def _key(waiting: Waiting) -> _Key:
    return waiting.receiver, waiting.request.signal, waiting.request.context


def _frames(error: BaseException) -> str:
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)))

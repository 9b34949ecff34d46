"""The `consent` processor: decides for each message, drops or marks it, and keeps the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import valid
from otel_lift.batch import Batch, Level, Signal
from otel_lift.jobs import gateway_id
from otel_lift.pipeline import Services
from otel_lift.semconv import Consent
from otel_lift_consent.answers import CATEGORIES
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.day import DayKeys
from otel_lift_consent.decide import DECISIONS, DENIED, Known, decide
from otel_lift_consent.entries import Entry, ledger_path
from otel_lift_consent.erased import Erased
from otel_lift_consent.gather import ESSENTIAL, Gatherer, Messages
from otel_lift_consent.ledger import Ledger

__all__ = ["ConsentProcessor"]

_DECISIONS = pa.array(DECISIONS)

_Mask = npt.NDArray[np.bool_]
_Codes = npt.NDArray[np.int8]


class ConsentProcessor:
    """Fills `lift.consent` and `lift.anonymise`, drops what was denied, and writes consent updates to the ledger.

    A log record without a Lift event and a span without one are essential. A span is never dropped: one whose own event
    may not be stored loses the event and all attributes and is marked. Span events that are Lift events are decided by
    themselves; those of a marked span are marked with it, since they are stored in it. A data point is essential; so is
    an exemplar, which is decided by itself, and marked with its data point too.
    """

    def __init__(self, config: ConsentConfig, services: Services) -> None:
        """Keep the configuration; the ledger is read by `start`."""
        self._granted_by_default = config.default == "granted"
        self._meter = services.meter
        self._gatherer = Gatherer(config)
        self._data = services.data
        self._ledger = Ledger(ledger_path(services.data))
        self._gateway = ""
        self._records_gpc = config.gpc.record
        self._erased = Erased(services)
        self._days = DayKeys(ledger_path(services.data).parent) if config.essential.pseudonym == "day" else None
        actions = [getattr(config.actions, category) for category in CATEGORIES]
        self._drops = np.array([action == "drop" for action in actions])
        self._anonymises = np.array([action == "anonymise" for action in actions])

    def start(self) -> None:
        """Read the ledger. Raises ProcessorError, and ConfigError if the data folder cannot be written."""
        self._gateway = gateway_id(self._data)
        self._ledger.follow()

    def stop(self) -> None:
        """Hold nothing: every update is on disk already."""

    def process(self, batch: Batch) -> Batch | None:
        """Answer what may be kept of the batch. Raises ProcessorError if the ledger cannot be read or written."""
        self._ledger.follow()
        batch = self._erased.drop(batch)
        if not len(batch):
            return None
        levels = self._gatherer.messages(batch)
        self._keep_ledger(batch, levels)
        records = levels[Level.RECORD]
        decisions = self._decide(batch, records)
        if batch.signal is Signal.METRICS:
            batch = self._metrics(batch, levels, decisions)
            return batch if len(batch) else None
        if batch.signal is Signal.LOGS:
            batch = self._logs(batch, records, decisions)
            return batch if len(batch) else None
        batch, marked = self._spans(batch, records, decisions)
        if Level.EVENT in levels:
            batch = self._span_events(batch, levels[Level.EVENT], marked)
        return batch

    def _keep_ledger(self, batch: Batch, levels: dict[Level, Messages]) -> None:
        for level, messages in levels.items():
            if batch.context.denied_by_header and self._records_gpc:
                self._record(self._withdrawn_by_header(messages.persons, batch.received), batch.context.tenant)
            if not messages.exempt.any():
                continue
            self._record(self._gatherer.updates(batch, level, messages), batch.context.tenant)
            nobody = int((messages.exempt & ~valid(messages.persons)).sum())
            if nobody:
                self._meter.count("consent_updates_of_nobody", nobody)

    def _record(self, entries: Iterable[Entry], tenant: str) -> None:
        written = self._ledger.record(replace(entry, gateway=self._gateway, tenant=tenant) for entry in entries)
        self._meter.count("consent_ledger_entries", written)

    def _withdrawn_by_header(self, persons: Any, received: int) -> Iterator[Entry]:
        """Yield a withdrawal for each person and category that does not stand withdrawn already."""
        people = persons.unique().drop_null()
        for person, last in zip(people.to_pylist(), self._ledger.last(people).tolist(), strict=True):
            for category, at in zip(CATEGORIES, last, strict=True):
                if category != Consent.ESSENTIAL and at >= 0:
                    yield Entry(person, category, False, received, received, source="gpc")

    def _decide(self, batch: Batch, messages: Messages) -> _Codes:
        known = Known(
            category=messages.category,
            said=messages.said,
            own=messages.own,
            standing=self._ledger.standing(messages.persons, messages.category, messages.time),
            personal=messages.personal,
            exempt=messages.exempt,
        )
        return decide(
            known, denied_by_header=batch.context.denied_by_header, granted_by_default=self._granted_by_default
        )

    def _logs(self, batch: Batch, messages: Messages, decisions: _Codes) -> Batch:
        denied = decisions == DENIED
        dropped = denied & self._drops[messages.category]
        marked = denied & self._anonymises[messages.category]
        self._count("log", messages.category, decisions, dropped, marked)
        batch = batch.with_columns(Level.RECORD, _columns(decisions, marked))
        return self._day_lived(batch, Level.RECORD, messages, marked).filter(~dropped)

    def _metrics(self, batch: Batch, levels: dict[Level, Messages], of_points: _Codes) -> Batch:
        points = levels[Level.RECORD]
        denied = of_points == DENIED
        dropped = denied & self._drops[points.category]
        marked = denied & self._anonymises[points.category]
        self._count("data_point", points.category, of_points, dropped, marked)
        batch = batch.with_columns(Level.RECORD, _columns(of_points, marked))
        if Level.EXEMPLAR in levels:
            batch = self._exemplars(batch, levels[Level.EXEMPLAR], marked)
        return batch.filter(~dropped)

    def _exemplars(self, batch: Batch, messages: Messages, marked_points: _Mask) -> Batch:
        decisions = self._decide(batch, messages)
        denied = decisions == DENIED
        dropped = denied & self._drops[messages.category]
        marked = (denied & self._anonymises[messages.category]) | marked_points[batch.parents(Level.EXEMPLAR)]
        self._count("exemplar", messages.category, decisions, dropped, marked & ~dropped)
        batch = batch.with_columns(Level.EXEMPLAR, _columns(decisions, marked))
        return batch.filter_level(Level.EXEMPLAR, ~dropped)

    def _spans(self, batch: Batch, messages: Messages, decisions: _Codes) -> tuple[Batch, _Mask]:
        """Answer the batch and which of its spans are marked."""
        denied = decisions == DENIED
        dropped = denied & self._drops[messages.category]
        marked = dropped | (denied & self._anonymises[messages.category])
        self._count("span", messages.category, decisions, dropped, marked)
        columns = _columns(decisions, marked)
        if dropped.any():
            attributes = batch.attributes(Level.RECORD)
            names = batch.column(Level.RECORD, "lift.event")
            columns |= {
                "attributes": attributes.strip(dropped, np.zeros(len(attributes.keys), np.bool_)),
                "lift.event": pa.DictionaryArray.from_arrays(
                    pc.if_else(pa.array(dropped), pa.scalar(None, pa.int32()), names.indices), names.dictionary
                ),
            }
        batch = batch.with_columns(Level.RECORD, columns)
        return self._day_lived(batch, Level.RECORD, messages, marked & ~dropped), marked

    def _span_events(self, batch: Batch, messages: Messages, marked_spans: _Mask) -> Batch:
        decisions = self._decide(batch, messages)
        denied = (decisions == DENIED) & messages.is_event
        dropped = denied & self._drops[messages.category]
        marked = messages.is_event & (
            (denied & self._anonymises[messages.category]) | marked_spans[batch.parents(Level.EVENT)]
        )
        own = messages.is_event
        self._count("span_event", messages.category[own], decisions[own], dropped[own], marked[own] & ~dropped[own])
        batch = batch.with_columns(Level.EVENT, _columns(decisions, marked, messages.is_event))
        return self._day_lived(batch, Level.EVENT, messages, marked).filter_level(Level.EVENT, ~dropped)

    def _day_lived(self, batch: Batch, level: Level, messages: Messages, marked: _Mask) -> Batch:
        if self._days is None:
            return batch
        return self._days.put(batch, level, marked & messages.is_event & (messages.category == ESSENTIAL))

    def _count(
        self, kind: str, category: npt.NDArray[np.int64], decisions: _Codes, dropped: _Mask, marked: _Mask
    ) -> None:
        counted = np.bincount(category * len(DECISIONS) + decisions, minlength=len(CATEGORIES) * len(DECISIONS))
        for code, amount in enumerate(counted.tolist()):
            if amount:
                name, decision = divmod(code, len(DECISIONS))
                self._meter.count(
                    "consent_decisions", amount, kind=kind, category=CATEGORIES[name], decision=DECISIONS[decision]
                )
        for what, mask in (("consent_dropped", dropped), ("consent_anonymised", marked)):
            for code, amount in enumerate(np.bincount(category[mask], minlength=len(CATEGORIES)).tolist()):
                if amount:
                    self._meter.count(what, amount, kind=kind, category=CATEGORIES[code])


def _columns(decisions: _Codes, marked: _Mask, where: _Mask | None = None) -> dict[str, Any]:
    """Build the columns; rows that are not in `where` get no decision."""
    codes = pa.array(decisions.astype(np.int32), mask=None if where is None else ~where)
    return {
        "lift.consent": pa.DictionaryArray.from_arrays(codes, _DECISIONS),
        "lift.anonymise": pa.array(marked),
    }

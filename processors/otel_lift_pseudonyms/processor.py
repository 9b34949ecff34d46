"""The `pseudonyms` processor: who a record is about, said without naming them."""

import logging
from typing import Any

import numpy as np
import pyarrow as pa

from otel_lift.batch import SCHEMAS, Batch, Level, Signal
from otel_lift.errors import ConfigError
from otel_lift.keys import KeyRing, KeySource
from otel_lift.pipeline import Services
from otel_lift_pseudonyms.config import PseudonymsConfig
from otel_lift_pseudonyms.kinds import Kind, attributes_by_kind
from otel_lift_pseudonyms.known import Make, Pseudonyms
from otel_lift_pseudonyms.nested import NestedReplacer
from otel_lift_pseudonyms.replace import People, Replacer

__all__ = ["RESERVED", "PseudonymsProcessor"]

_log = logging.getLogger(__name__)

# what a client may say itself: which event a message is, and what its user agreed to
_CLIENTS_OWN = {"lift.event", "lift.consent"}

RESERVED = frozenset(
    name for name in SCHEMAS[Signal.LOGS][Level.RECORD].names if name.startswith("lift.") and name not in _CLIENTS_OWN
)
"""Attributes that only the gateway may set; a client's own are dropped, so that nobody can pose as another."""


class PseudonymsProcessor:
    """Replaces ids and addresses by keyed hashes at every level and fills `lift.subject`, its key and `lift.person`.

    The subject of a message is the first of the configured attributes that it has itself, else that a map of its own
    (an attribute's, then its body) has inside, else that what contains it has: its span or data point (for a span event
    or an exemplar), its metric, its scope, or its resource.
    """

    def __init__(self, config: PseudonymsConfig, services: Services) -> None:
        """Keep the configuration; keys are read by `start`."""
        self._config = config
        self._meter = services.meter
        self._source = KeySource(config.keys, services.data)
        self._ring: KeyRing
        self._replacer: Replacer

    def start(self) -> None:
        """Read the keys, or make them. Raises ConfigError."""
        self._use(self._source.read())

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with pseudonyms in place of ids."""
        if self._source.changed():
            self._reload()
        people: dict[Level, People] = {}
        counts: dict[str, int] = {}
        reserved = 0
        for level in batch.levels:
            if not batch.rows(level):
                continue
            sent = batch.attributes(level)
            attributes, people[level] = self._replacer.replace(sent, batch.context.tenant, counts)
            reserved += len(sent.codes) - len(attributes.codes)
            if attributes is not sent:
                batch = batch.with_columns(level, {"attributes": attributes})
        batch = self._replace_in_bodies(batch, people, counts)
        for kind, amount in counts.items():
            self._meter.count("pseudonyms_values", amount, kind=kind)
        if reserved:
            self._meter.count("pseudonyms_reserved_dropped", reserved)
        return self._fill(batch, people)

    def _replace_in_bodies(self, batch: Batch, people: dict[Level, People], counts: dict[str, int]) -> Batch:
        if batch.signal is not Signal.LOGS or Level.RECORD not in people:
            return batch
        kinds = batch.column(Level.RECORD, "body_type")
        types = (kinds.fill_null(0) if kinds.null_count else kinds).to_numpy()
        found = self._replacer.replace_inside(batch.column(Level.RECORD, "body"), types, batch.context.tenant, counts)
        if found is None:
            return batch
        bodies, inside = found
        people[Level.RECORD] = people[Level.RECORD].or_else(inside, pa.array(np.arange(len(batch))))
        return batch.with_columns(Level.RECORD, {"body": bodies})

    def _fill(self, batch: Batch, people: dict[Level, People]) -> Batch:
        """Fill the columns of records, span events and exemplars, each falling back to what contains it."""
        if Level.RECORD not in people or not any(found.any for found in people.values()):
            return batch
        scopes = people[Level.SCOPE].or_else(people[Level.RESOURCE], batch.column(Level.SCOPE, "resource"))
        records = people[Level.RECORD]
        if Level.METRIC in people:
            records = records.or_else(people[Level.METRIC], batch.column(Level.RECORD, "metric"))
        records = records.or_else(scopes, batch.column(Level.RECORD, "scope"))
        records = records.or_else(people[Level.RESOURCE], batch.column(Level.RECORD, "resource"))
        batch = batch.with_columns(Level.RECORD, self._columns(records))
        for level in (Level.EVENT, Level.EXEMPLAR):
            if level in people:
                children = people[level].or_else(records, batch.column(level, "record"))
                batch = batch.with_columns(level, self._columns(children))
        return batch

    def _columns(self, found: People) -> dict[str, Any]:
        subjects = found.subjects
        # all of one key, and null where the subject is
        zeros = pa.py_buffer(np.zeros(subjects.offset + len(subjects), np.int32))
        codes = pa.Array.from_buffers(pa.int32(), len(subjects), [subjects.buffers()[0], zeros], offset=subjects.offset)
        key = pa.DictionaryArray.from_arrays(codes, pa.array([self._ring.current.id]))
        return {"lift.subject": found.subjects, "lift.subject_key": key, "lift.person": found.persons}

    def _reload(self) -> None:
        try:
            self._use(self._source.read())
        except ConfigError as error:
            # the ring in memory is still good; a half-edited file must not stop the gateway
            _log.error("keeping the pseudonym keys as they were: %s", error)
        else:
            _log.info("pseudonym keys read again; the current one is %s", self._ring.current.id)

    def _use(self, ring: KeyRing) -> None:
        names, size = attributes_by_kind(self._config), self._config.cache_size
        make: dict[Kind, Make] = {
            Kind.SUBJECT: ring.people,
            Kind.SESSION: ring.sessions,
            Kind.ADDRESS: ring.addresses,
        }
        self._ring = ring
        self._replacer = Replacer(
            names=names,
            reserved=RESERVED,
            pseudonyms=Pseudonyms(make, size),
            nested=NestedReplacer(names, make),
        )

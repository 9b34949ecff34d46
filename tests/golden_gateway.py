"""The gateway's processors in this process, over a made-up world: what it would have stored, in a store."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from otel_lift_anonymise import COMPONENT as ANONYMISE
from otel_lift_consent import COMPONENT as CONSENT
from otel_lift_patterns import COMPONENT as PATTERNS
from otel_lift_pseudonyms import COMPONENT as PSEUDONYMS
from otel_lift_pseudonyms.relink import relink_job
from otel_lift_redaction import COMPONENT as REDACTION
from otel_lift_validation import COMPONENT as VALIDATION

from otel_lift.batch import RequestContext, Signal
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.jobs.exports import IdleExports
from otel_lift.kernel import decode
from otel_lift.keys import KeyRing
from otel_lift.pipeline import NullMeter, Services
from otel_lift.pipeline.runner import Pipeline, Stage
from otel_lift.rollups import deduplicate, duplicated_days, rebuild
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions
from otel_lift.synthetic.world import World
from otel_lift.synthetic.world.keys import WorldKeys
from otel_lift.synthetic.world.payloads import Sent
from otel_lift.tables.build import TableBuilder
from otel_lift.tables.subjects import NewSubjects
from otel_lift.tables.window import TimeWindow

__all__ = ["Gateway", "make_one", "relate", "store_world"]

_COMPONENTS = (PSEUDONYMS, CONSENT, VALIDATION, REDACTION, PATTERNS, ANONYMISE)
_TABLES = ("lift_events", "otel_traces", "lift_subjects")
_AT_ONCE = 150_000


class Gateway:
    """All processors of the default configuration, with the world's keys, which rotate by the time of arrival."""

    def __init__(self, world: World, data: Path) -> None:
        self.keys = WorldKeys(world.options)
        self._world = world
        self._file = data / "keys"
        self._epoch = -1
        self._rotate(0)
        stages = [Stage(one.name, self._processor(one, data)) for one in _COMPONENTS]
        self._pipelines = [Pipeline("all", signal, stages, [], NullMeter()) for signal in (Signal.LOGS, Signal.TRACES)]
        self._builder = TableBuilder(TimeWindow(), NewSubjects([self._ring], data / "tombstones"))

    def run(self, sent: Sent) -> Iterator[Any]:
        """Yield the rows that come of a request."""
        rotations = self._world.options.rotations
        self._rotate(sum(sent.received >= rotation for rotation in rotations))
        for pipeline, payload in zip(self._pipelines, (sent.logs, sent.traces), strict=True):
            if payload:
                decoded = decode(pipeline.signal, [payload], RequestContext(), sent.received)
                assert decoded.outcomes[0].error is None
                result = pipeline.run(decoded.batch)
                if result is not None:
                    yield from self._builder.build(result)

    def start(self) -> None:
        """Start the processors."""
        self._pipelines[0].start()

    def stop(self) -> None:
        """Stop them."""
        self._pipelines[0].stop()

    def _processor(self, component: Any, data: Path) -> Any:
        given = {"keys": {"file": str(self._file)}} if component is PSEUDONYMS else {}
        return component.create(component.config.model_validate(given), Services(component.name, data))

    def _ring(self) -> KeyRing:
        return self.keys.rings[max(self._epoch, 0)]

    def _rotate(self, epoch: int) -> None:
        if epoch != self._epoch:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(self.keys.text(epoch))
            fresh.chmod(0o600)
            fresh.replace(self._file)
            self._epoch = epoch


def store_world(store: Store, world: World, requests: Iterable[Sent], data: Path) -> None:
    """Send a world's requests through the processors, and insert what comes of them as an exporter does."""
    gateway = Gateway(world, data)
    gateway.start()
    waiting: dict[str, list[Any]] = {name: [] for name in _TABLES}
    for sent in requests:
        for made in gateway.run(sent):
            if made.table in waiting:
                waiting[made.table].append(made.rows)
        for table, rows in waiting.items():
            if sum(one.num_rows for one in rows) > _AT_ONCE:
                _insert(store, table, rows)
    gateway.stop()
    for table, rows in waiting.items():
        if rows:
            _insert(store, table, rows)


def relate(store: Store, options: SchemaOptions, world: World, data: Path) -> None:
    """Relate the pseudonyms of one person, as the job does that has all keys."""
    relink_job().run(_context(store, options, data, WorldKeys(world.options).rings[-1]))


def make_one(store: Store, options: SchemaOptions, data: Path) -> None:
    """Remove what was sent twice, and make the rollups of its days again, as the job does."""
    opened = OpenStore("clickhouse", store, options)
    days = duplicated_days(opened, 0)
    assert sum(deduplicate(opened, day) for day in days)
    assert rebuild(_context(store, options, data), opened, days) == ()


def _context(store: Store, options: SchemaOptions, data: Path, ring: KeyRing | None = None) -> JobContext:
    config: Any = None  # these jobs ask nothing of it
    stores = (OpenStore("clickhouse", store, options),)
    return JobContext(config, data, "golden", stores, IdleExports(data), lambda: ring, NullMeter())


def _insert(store: Store, table: str, rows: list[Any]) -> None:
    whole = pa.Table.from_batches(rows).unify_dictionaries().combine_chunks().to_batches()
    assert len(whole) == 1
    store.insert_rows(table, whole[0], f"{table}-{json.dumps([len(rows), rows[0].num_rows])}-{id(rows[0])}")
    rows.clear()

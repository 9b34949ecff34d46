"""The sweep: rows of people who were erased come back, with a restored backup or a late segment, and go again.

At its start and after each new tombstone the whole of each store is searched for that person. From then on only parts
that are newer than the last sweep are: a restored table, an insert and a merge all make new ones.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from otel_lift.errors import OtelLiftError, StoreUnavailableError
from otel_lift.jobs import JobContext, OpenStore, audit
from otel_lift.keys import KeyRing, Relations
from otel_lift.registers import TOMBSTONES, Synchroniser, Tombstone, read_tombstones, tombstones_path
from otel_lift.rights.audited import audited
from otel_lift.rights.erase import Done, Places, in_lake, in_store, lake_of, receipt
from otel_lift.rights.needles import needles
from otel_lift.rights.rows import count, finish
from otel_lift.rights.search import conditions, left_in_lake, left_in_store
from otel_lift.rights.state import note, noted
from otel_lift.rights.who import Who
from otel_lift.rollups.people import counted
from otel_lift.spool import finish_rewrites
from otel_lift.store.names import literal

__all__ = ["EVERY", "Sweeper", "Swept", "sweep"]

_log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks at what others erased, and at whether it is time for a sweep."""

_HOURLY = 3600.0
_AGAIN = 30.0  # seconds until the next attempt where something is left
_SOON = (10.0, 60.0, 300.0)  # seconds after an erasure: what was on its way then has arrived
_PEOPLE = 100  # searched for together
_OVERLAP = 120  # seconds of parts that are searched again
_NOTE, _LAKE = "sweep", "\0lake"  # no exporter has that name
_ACTOR = "job:erasures"


@dataclass(slots=True)
class Sweeper:
    """The job of one store process."""

    _register: Synchroniser | None = None
    _size: int = -1
    _due: list[float] = field(default_factory=lambda: [0.0])

    def run(self, context: JobContext) -> None:
        """Follow the erasures of other gateways, and sweep when it is time."""
        if self._register is None:
            self._register = Synchroniser(TOMBSTONES, tombstones_path(context.data), "register of erasures")
        self._register.run(context.stores)
        path, now = tombstones_path(context.data), time.monotonic()
        size = path.stat().st_size if path.exists() else 0
        if size != self._size:
            self._due = sorted([*self._due, *(now + pause for pause in _SOON)])
            self._size = size
        if self._due[0] > now:
            return
        self._due = [one for one in self._due if one > now]
        swept = sweep(context)
        self._due = sorted([*self._due, now + (_HOURLY if swept.complete else _AGAIN)])


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: the persons that were found, and whether nothing is left to be done."""

    found: tuple[str, ...]
    complete: bool


def sweep(context: JobContext) -> Swept:
    """Search all stores for people who were erased, and erase them again."""
    finish_rewrites(context.data / "spool")
    tombstones = read_tombstones(context.data)
    found: list[str] = []
    complete = True
    for opened in context.stores:
        try:
            complete &= not finish(context, opened)
            hits, clean = _sweep(context, opened, tombstones)
            found += hits
            complete &= clean
        except StoreUnavailableError:
            _log.info("the sweep of %s waits: the store is away", opened.exporter)
            complete = False
    found += _sweep_lake(context, tombstones)
    return Swept(tuple(found), complete)


def _sweep_lake(context: JobContext, tombstones: Mapping[str, Tombstone]) -> list[str]:
    """Erase in the lake whom another gateway erased: it has a lake of its own, if any."""
    before, folder = noted(context.data, _NOTE).get(_LAKE, {}), lake_of(context)
    fresh = [one for one in tombstones.values() if before.get(one.person) != one.erased_at]
    others = [one for one in fresh if one.gateway != context.gateway]
    found: list[str] = []
    if left_in_lake(folder, _needles(others)):
        for one in others:
            started, done, who = time.monotonic(), Done(), Who({one.person: one.subjects}, one.tenant)
            in_lake(context, who, done)
            if done.lake:
                _record(context, who, done, one.erased_at, started)
                found.append(one.person)
    if fresh:
        people = {one.person: one.erased_at for one in tombstones.values()}
        note(context.data, _NOTE, {**noted(context.data, _NOTE), _LAKE: people})
    return found


def _sweep(context: JobContext, opened: OpenStore, tombstones: Mapping[str, Tombstone]) -> tuple[list[str], bool]:
    """Sweep one store; answer the persons that were found, and whether all of them are erased."""
    before = noted(context.data, _NOTE).get(opened.exporter, {"people": {}, "since": 0})
    (now,) = opened.store.query("SELECT toUnixTimestamp(now())").rows[0]
    fresh = [one for one in tombstones.values() if before["people"].get(one.person) != one.erased_at]
    known = [one for one in tombstones.values() if before["people"].get(one.person) == one.erased_at]
    clean = {one.person: one.erased_at for one in known}
    found: list[str] = []
    for some, since in ((fresh, 0), (known, int(before["since"]) - _OVERLAP)):
        for start in range(0, len(some), _PEOPLE):
            people = [_with_relations(context, opened, one) for one in some[start : start + _PEOPLE]]
            hits = _hits(context, opened, people, since)
            for one in people:
                if one.person not in hits or _erase_again(context, opened, one):
                    clean[one.person] = one.erased_at
                else:
                    clean.pop(one.person, None)
            found += hits
    kept = noted(context.data, _NOTE)
    note(context.data, _NOTE, {**kept, opened.exporter: {"people": clean, "since": int(now)}})
    return found, len(clean) == len(tombstones)


def _hits(context: JobContext, opened: OpenStore, people: Sequence[Tombstone], since: int) -> set[str]:
    """Answer which people have rows, in parts that are newer than `since` (Unix seconds)."""
    latest = max(one.erased_at for one in people)
    if not _any_left(context, opened, _needles(people), _subjects(people), latest, since):
        return set()
    return {
        one.person for one in people if left_in_store(context, opened, _needles([one]), _subjects([one]), one.erased_at)
    }


def _any_left(
    context: JobContext, opened: OpenStore, of: Sequence[str], subjects: Sequence[str], until: int, since: int
) -> bool:
    with needles(context, opened, of) as found:
        wanted = {
            name: f"{_newer(opened, name, since)} AND {condition}"
            for name, condition in conditions(opened, found, until).items()
        }
        also = _newer(opened, "{table}", since)
        return bool(count(opened, wanted) or any(counted(opened, subjects, until, also=also)))


def _newer(opened: OpenStore, table: str, since: int) -> str:
    if opened.options.cluster or since <= 0:
        return "1"
    # a part that was restored can be without a time
    return (
        f"_part IN (SELECT name FROM system.parts WHERE database = {literal(opened.options.database)} "  # noqa: S608 - quoted
        f"AND table = {literal(table)} AND active "
        f"AND (modification_time >= toDateTime({since}) OR modification_time = toDateTime(0)))"
    )


def _erase_again(context: JobContext, opened: OpenStore, one: Tombstone) -> bool:
    """Erase a person whose rows came back, with a receipt of its own; answer whether all is done."""
    started, done, who = time.monotonic(), Done(), Who({one.person: one.subjects}, one.tenant)
    in_store(context, opened, Places(who, one.erased_at, until=one.erased_at), done)
    _record(context, who, done, one.erased_at, started)
    return not done.left and not done.pending


def _record(context: JobContext, who: Who, done: Done, erased_at: int, started: float) -> None:
    about = {"actor": _ACTOR, "reason": "sweep", "erased_at": erased_at}
    written = receipt(context, who, done, about, started)
    try:
        audit(context, _ACTOR, "subject sweep", audited(written, done.rows(), who.persons), "done")
    except OtelLiftError as error:
        _log.error("the sweep cannot be recorded now (%s)", type(error).__name__)
    context.meter.count("erasures_swept", 1)


def _with_relations(context: JobContext, opened: OpenStore, one: Tombstone) -> Tombstone:
    """Add the subjects of keys that are newer than the tombstone, by what relates them to the person."""
    ring: KeyRing | None = context.keys()
    newer = [key for key in ring.keys if key.id not in one.subjects] if ring else []
    if not newer:
        return one
    tags = {Relations(key).tags(pa.array([one.person], pa.string()))[0].decode(): key.id for key in newer}
    rows = opened.store.query(
        f"SELECT tag, subject FROM {opened.options.qualified('lift_subjects')} WHERE tag IN {{tags:Array(String)}}",  # noqa: S608 - a quoted name
        {"tags": list(tags)},
        {"log_queries": 0},
    ).rows
    return replace(one, subjects={**one.subjects, **{tags[str(tag)]: str(subject) for tag, subject in rows}})


def _needles(people: Sequence[Tombstone]) -> list[str]:
    return [made for one in people for made in one.subjects.values()]


def _subjects(people: Sequence[Tombstone]) -> list[str]:
    return [made for one in people for key, made in one.subjects.items() if "/" not in key]

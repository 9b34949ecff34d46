"""Keep a register's file and its table in every store the same: push what a store lacks, pull what others wrote.

The file holds the entries of all tenants, a store those of its own.

What is new in a store is found by the store's own clock (`inserted_at`), a little overlapped, since inserts become
visible in another order than they are stamped. All ids are compared at the start, now and then, and whenever a store
has fewer rows than ids were seen in it: so a store that was restored from an older backup gets its entries back from
any gateway, and a new gateway gets all.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.errors import ProcessorError, StoreError, StoreUnavailableError
from otel_lift.jobs import OpenStore
from otel_lift.private_files import make_once, replace
from otel_lift.registers.file import RegisterFile
from otel_lift.registers.kind import Kind, Value

__all__ = ["Synced", "Synchroniser"]

_log = logging.getLogger(__name__)

_OVERLAP = 15_000  # milliseconds
_COMPARE_EVERY = 300.0  # seconds between two comparisons of all ids
_ROWS = 50_000  # rows in one insert or answer
_NAMED = 5_000  # ids named in one query
_DIGITS = 32  # of an id
_ID_BYTES = 8  # of an id in memory: among a hundred million entries two share them with a chance of 1 in 3,700

_IS_ENTRY = "match(entry, '^[0-9a-f]{32}$')"
_SINCE = "inserted_at >= fromUnixTimestamp64Milli({since:Int64})"
_ID = "reinterpretAsUInt64(unhex(substring(entry, 1, 16)))"

_Ids = npt.NDArray[np.uint64]
_NO_IDS: _Ids = np.zeros(0, np.uint64)
_ARROW: dict[Value, Any] = {
    "text": pa.string(),
    "time": pa.timestamp("ns"),
    "bool": pa.bool_(),
    "texts": pa.map_(pa.string(), pa.string()),
}


@dataclass(frozen=True, slots=True)
class Synced:
    """How many entries went to a store and came from it.

    `restored` says that the store lacked what this gateway had seen in it: it is an older backup of itself.
    """

    pushed: int = 0
    pulled: int = 0
    restored: bool = field(default=False, compare=False)


@dataclass(slots=True)
class _Seen:
    """What is known of one store: its ids, sorted, and the newest `inserted_at` (Unix ms); what it is yet to get."""

    tenant: str
    ids: _Ids = field(default_factory=lambda: _NO_IDS)
    until: int = 0
    pending: list[bytes] = field(default_factory=list)
    compare_at: float = 0.0  # by the monotonic clock; 0: now
    away: bool = False


class Synchroniser:
    """Syncs one register; for the one process that has the stores open. 8 bytes of memory an entry and store."""

    def __init__(self, kind: Kind, path: Path, what: str) -> None:
        """Name the register; nothing is read before `run`. `path` and `what` are those of `RegisterFile`."""
        self._kind = kind
        self._what = what
        self._file = RegisterFile(path, what)
        self._notes = path.with_name(f"{path.name}.stores")
        self._replaced = 0
        self._ids: dict[str, _Ids] = {}  # by tenant
        self._seen: dict[str, _Seen] = {}

    def run(self, stores: Iterable[OpenStore]) -> dict[str, Synced]:
        """Sync with each store and answer what moved, by exporter; one that is away is left for the next run.

        Raises ProcessorError if the file cannot be used.
        """
        done = {}
        for opened in stores:
            until = self._noted().get(opened.exporter, 0)
            seen = self._seen.setdefault(opened.exporter, _Seen(opened.tenant, until=until))
            self._take_in()
            try:
                done[opened.exporter] = self._sync(opened.exporter, _Table(self._kind, opened), seen)
                seen.away = False
            except (StoreError, StoreUnavailableError) as error:
                seen.compare_at = 0.0  # finds again what was pending
                seen.pending.clear()
                if not seen.away:
                    _log.warning("the %s cannot be synced with %s: %s", self._what, opened.exporter, error)
                seen.away = True
        return done

    def _take_in(self) -> None:
        """Follow the file; what is new is pending for each store."""
        if not self._file.changed():
            return
        for lines in self._file.follow():
            if self._replaced != self._file.replaced:
                self._replaced, self._ids = self._file.replaced, {}
            by_tenant: dict[str, list[bytes]] = {}
            for line in lines:
                by_tenant.setdefault(self._kind.tenant_of(line), []).append(line)
            for tenant, own in by_tenant.items():
                self._ids[tenant] = np.union1d(self._known(tenant), _ids_of(own))
            for seen in self._seen.values():
                new = by_tenant.get(seen.tenant, [])
                if seen.compare_at and len(seen.pending) + len(new) <= _ROWS:
                    seen.pending += new
                else:
                    seen.compare_at = 0.0
                    seen.pending.clear()

    def _known(self, tenant: str) -> _Ids:
        return self._ids.get(tenant, _NO_IDS)

    def _sync(self, exporter: str, table: "_Table", seen: _Seen) -> Synced:
        rows, newest = table.state()
        restored = rows < len(seen.ids) or newest < seen.until
        if restored or time.monotonic() >= seen.compare_at:
            pushed, pulled = self._compare(table, seen)
        else:
            pushed = self._push(table, seen, seen.pending)
            seen.pending.clear()
            since = max(seen.until - _OVERLAP, 0)
            new = _lacking(table.ids(since), self._known(seen.tenant))
            pulled = self._pull(seen, table.named(new, len(new), since))
        if newest != seen.until:
            seen.until = newest
            self._note({**self._noted(), exporter: newest})
        return Synced(pushed, pulled, restored=restored)

    def _compare(self, table: "_Table", seen: _Seen) -> tuple[int, int]:
        seen.ids = table.ids()
        pulled = self._pull(seen, table.named(_lacking(seen.ids, self._known(seen.tenant)), len(seen.ids)))
        pushed = 0
        if len(_lacking(self._known(seen.tenant), seen.ids)):
            for lines in RegisterFile(self._file.path, self._what).follow():
                pushed += self._push(table, seen, [one for one in lines if self._kind.tenant_of(one) == seen.tenant])
        seen.pending.clear()
        seen.compare_at = time.monotonic() + _COMPARE_EVERY
        return pushed, pulled

    def _noted(self) -> dict[str, int]:
        """Read how new the newest entry of each store was when it was seen last, before a restart too."""
        try:
            noted: dict[str, int] = json.loads(self._notes.read_bytes())
        except FileNotFoundError:
            return {}
        return noted

    def _note(self, noted: dict[str, int]) -> None:
        content = json.dumps(noted).encode()
        try:
            self._notes.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not make_once(self._notes, content):
                replace(self._notes, content)
        except OSError as error:
            raise ProcessorError(f"{self._notes} cannot be written: {error.strerror}") from error

    def _push(self, table: "_Table", seen: _Seen, lines: Sequence[bytes]) -> int:
        """Insert those of the lines that the store lacks."""
        distinct = {line[:_DIGITS]: line for line in lines}
        ids = _ids_of(distinct)
        lacking = set(_lacking(ids, seen.ids).tolist())
        chosen = [line for line, id_ in zip(distinct.values(), ids.tolist(), strict=True) if id_ in lacking]
        for start in range(0, len(chosen), _ROWS):
            table.insert(chosen[start : start + _ROWS])
        seen.ids = np.union1d(seen.ids, ids)
        return len(chosen)

    def _pull(self, seen: _Seen, answers: Iterable[list[bytes]]) -> int:
        """Append what the file lacks; it is taken in, for the other stores too, when the file is followed next."""
        pulled = 0
        for lines in answers:
            ids = _ids_of(lines)
            seen.ids = np.union1d(seen.ids, ids)
            lacking = set(_lacking(ids, self._known(seen.tenant)).tolist())
            new = {line[:_DIGITS]: line for line, id_ in zip(lines, ids.tolist(), strict=True) if id_ in lacking}
            self._file.append(list(new.values()))
            pulled += len(new)
        return pulled


class _Table:
    """The table of a kind in one store."""

    def __init__(self, kind: Kind, opened: OpenStore) -> None:
        self._kind = kind
        self._store = opened.store
        self._name = opened.options.qualified(kind.table)
        # On a cluster an insert is else only queued when it returns.
        self._settings = {"distributed_foreground_insert": 1} if opened.options.cluster else {}

    def state(self) -> tuple[int, int]:
        """Answer how many rows there are, ids more than once included, and the newest `inserted_at` (Unix ms)."""
        sql = f"SELECT count(), toUnixTimestamp64Milli(max(inserted_at)) FROM {self._name}"  # noqa: S608 - a quoted name
        rows, newest = self._store.query(sql).rows[0]
        return int(rows), int(newest) if rows else 0

    def ids(self, since: int = 0) -> _Ids:
        """Answer the ids of what was inserted at this time (Unix ms) and later, sorted."""
        sql = f"SELECT DISTINCT {_ID} AS id FROM {self._name} WHERE {_IS_ENTRY} AND {_SINCE} ORDER BY id"  # noqa: S608 - a quoted name
        answer = self._store.query_arrow(sql, {"since": since})
        answered: _Ids = answer.column("id").combine_chunks().to_numpy(zero_copy_only=False)
        return answered.astype(np.uint64)

    def named(self, ids: _Ids, among: int, since: int = 0) -> Iterator[list[bytes]]:
        """Answer the entries of these ids, perhaps with others; `among` is how many there are in all since then."""
        if len(ids) <= _NAMED:
            if len(ids):
                yield from self._entries(f"{_ID} IN ({', '.join(map(str, ids.tolist()))})", since)
            return
        pieces = among // _ROWS + 1
        for piece in range(pieces):
            yield from self._entries(f"{_ID} % {pieces} = {piece}", since)

    def insert(self, lines: Sequence[bytes]) -> None:
        """Insert entries. Equal ones are one in the end, so a token need not recognise a retry."""
        rows = [self._kind.row(line) for line in lines]
        columns: dict[str, Any] = {"entry": pa.array([self._kind.id_of(line) for line in lines], pa.string())}
        for name, value in self._kind.columns.items():
            cells = [row[name] for row in rows]
            columns[name] = pa.array(
                [list(cell.items()) for cell in cells] if value == "texts" else cells, _ARROW[value]
            )
        batch = pa.RecordBatch.from_pydict(columns)
        self._store.insert_rows(self._kind.table, batch, f"register-{uuid4()}", self._settings)

    def _entries(self, condition: str, since: int) -> Iterator[list[bytes]]:
        columns = (
            f"toUnixTimestamp64Nano({name}) AS {name}" if value == "time" else name
            for name, value in self._kind.columns.items()
        )
        sql = f"SELECT entry, {', '.join(columns)} FROM {self._name} WHERE {_IS_ENTRY} AND {_SINCE} AND {condition}"  # noqa: S608 - declared names
        for batch in self._store.query_arrow(sql, {"since": since}).to_batches():
            yield [self._line(row) for row in batch.to_pylist()]

    def _line(self, row: dict[str, Any]) -> bytes:
        named = {name: dict(row[name]) for name, value in self._kind.columns.items() if value == "texts"}
        # Under the id that it has in the store, even if another version made it otherwise.
        return str(row["entry"]).encode() + self._kind.line({**row, **named})[_DIGITS:]


def _ids_of(lines: Iterable[bytes]) -> _Ids:
    halves = b"".join(line[: 2 * _ID_BYTES] for line in lines)
    return np.frombuffer(bytes.fromhex(halves.decode()), "<u8").astype(np.uint64)


def _lacking(ids: _Ids, among: _Ids) -> _Ids:
    """Answer those of `ids` that are not in `among`, which is sorted."""
    if not len(among):
        return ids
    places = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    lacking: _Ids = ids[among[places] != ids]
    return lacking

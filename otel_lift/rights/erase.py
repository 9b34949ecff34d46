"""The erasure of a person, from every place and in an order that no late arrival and no crash can undo.

1. The tombstone, on disk and in each store: from here on ingest processes drop what arrives late.
2. The spool: what it holds goes to the stores; what cannot go now is written again without the person.
3. The stores, from their disks. 4. The lake. 5. The search that proves it. 6. The receipt.

A repetition finds less to do and does the rest.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otel_lift.errors import SpoolError, StoreError, StoreUnavailableError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.jobs.running import told
from otel_lift.lake import lake_files, rewrite_file
from otel_lift.registers import TOMBSTONES, Synchroniser, Tombstone, Tombstones, tombstones_path
from otel_lift.rights.columns import rows_holding
from otel_lift.rights.needles import needles
from otel_lift.rights.receipts import Receipt, Receipts
from otel_lift.rights.rows import delete
from otel_lift.rights.search import conditions, left_in_lake, left_in_store
from otel_lift.rights.ties import find_ties
from otel_lift.rights.who import Who, tie_names
from otel_lift.spool import finish_rewrites, rewrite, sealed_segments, selected_rows

__all__ = ["Done", "Places", "erase", "in_lake", "in_store", "lake_of", "receipt"]

RECEIPT_VERSION = 1


@dataclass(slots=True)
class Done:
    """What an erasure did: rows by exporter and table, in the spool, in the lake by table; what is to come yet."""

    stores: dict[str, dict[str, int]] = field(default_factory=dict)
    spool: int = 0
    lake: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    left: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows(self) -> dict[str, int]:
        """Add the rows up by table."""
        total: dict[str, int] = {}
        for tables in (*self.stores.values(), self.lake, {"spool": self.spool} if self.spool else {}):
            for table, rows in tables.items():
                total[table] = total.get(table, 0) + rows
        return total


@dataclass(frozen=True, slots=True)
class Places:
    """Whom an erasure of `erased_at` is about; it ends at `until`, or takes all rows where that is None."""

    who: Who
    erased_at: int
    until: int | None = None


def erase(context: JobContext, who: Who, actor: str, wait: float) -> Iterator[Mapping[str, Any]]:
    """Erase a person, and yield ``{"step": ...}`` as it goes, at the end what `receipt` answers.

    `wait` is how long the spool may take to empty, in seconds. Raises ProcessorError if the tombstone cannot be kept;
    a store that is away is in the receipt as pending, and the sweep erases there.
    """
    started, done = time.monotonic(), Done()
    erased_at = time.time_ns()
    yield {"step": "tombstone"}
    _bury(context, who, erased_at)
    tied = _with_ties(context, who)
    if tied != who:
        who = tied
        _bury(context, who, erased_at)
    yield {"step": "spool"}
    _spool(context, who, wait, done)
    for opened in context.stores:
        yield {"step": f"store {opened.exporter}"}
        in_store(context, opened, Places(who, erased_at), done)
    yield {"step": "lake"}
    in_lake(context, who, done)
    written = receipt(context, who, done, {"actor": actor, "reason": "erase", "erased_at": erased_at}, started)
    yield {
        "receipt": dict(written.content),
        "sha256": written.hash,
        "line": written.line.decode(),
        "rows": done.rows(),
        "persons": list(who.persons),
    }


def in_store(context: JobContext, opened: OpenStore, places: Places, done: Done) -> None:
    """Erase in one store, and search it again; what cannot be done now is pending."""
    who, exporter = places.who, opened.exporter
    try:
        with needles(context, opened, who.needles) as found:
            deleted = delete(
                context, opened, conditions(opened, found, places.until, places.erased_at), who.subjects, places.until
            )
        done.stores[exporter] = dict(deleted.rows)
        done.pending += [f"{exporter}: {what}" for what in deleted.pending]
        left = left_in_store(context, opened, who.needles, who.subjects, places.until, places.erased_at)
        if left:
            done.left[exporter] = left
    except StoreUnavailableError:
        why = "it cannot delete now, as where another gateway deletes" if opened.store.ping() else "the store is away"
        done.pending.append(f"{exporter}: {why}")
    except StoreError as error:
        done.pending.append(f"{exporter}: the store refused ({told(error)})")


def in_lake(context: JobContext, who: Who, done: Done) -> None:
    """Erase in the lake, if there is one."""
    folder = lake_of(context)
    if folder is None:
        return
    select = rows_holding(who.needles)
    for file in lake_files(folder):
        rows = rewrite_file(file, select)
        if rows:
            done.lake[file.table] = done.lake.get(file.table, 0) + rows
    left = left_in_lake(folder, who.needles)
    if left:
        done.left["lake"] = left


def receipt(context: JobContext, who: Who, done: Done, about: Mapping[str, Any], started: float) -> Receipt:
    """Write the receipt of an erasure; `started` is by the monotonic clock."""
    quarantined = {
        "requests": len(list((context.data / "quarantine").glob("*.otlp"))),
        "segments": len(list((context.data / "spool" / "quarantine").glob("*.arrow"))),
    }
    content = {
        "version": RECEIPT_VERSION,
        "time": datetime.now(UTC).isoformat(timespec="microseconds"),
        "gateway": context.gateway,
        "persons": list(who.persons),
        "stores": done.stores,
        "spool": done.spool,
        "lake": done.lake,
        "pending": done.pending,
        # What is encrypted or damaged cannot be searched; a request that is sent again meets the tombstone.
        "not_searched": {name: files for name, files in quarantined.items() if files},
        "left": done.left,
        "verified": not done.left and not done.pending,
        "duration_ms": int((time.monotonic() - started) * 1000),
        **about,
    }
    return Receipts(context.data).add(content)


def lake_of(context: JobContext) -> Path | None:
    """Answer the folder of the lake, None where there is none."""
    lake: Path | None = context.config.service.lake
    return lake if lake is not None and lake.is_dir() else None


def _bury(context: JobContext, who: Who, erased_at: int) -> None:
    Tombstones(context.data).record(
        Tombstone(person, subjects, erased_at, context.gateway, who.tenant) for person, subjects in who.people.items()
    )
    # what a store that is away lacks is pushed by the job that syncs
    Synchroniser(TOMBSTONES, tombstones_path(context.data), "register of erasures").run(context.stores)


def _with_ties(context: JobContext, who: Who) -> Who:
    """Add the sessions and addresses that were the person's alone."""
    names, ties = tie_names(context), dict[str, None]()
    for opened in context.stores:
        try:
            ties.update(dict.fromkeys(find_ties(context, opened, who.needles, names)))
        except StoreUnavailableError:
            continue
    first, *others = who.people.items()
    tied = {**first[1], **{f"tie/{number}": tie for number, tie in enumerate(ties, 1)}}
    return Who({first[0]: tied, **dict(others)}, who.tenant)


def _spool(context: JobContext, who: Who, wait: float, done: Done) -> None:
    """Let the spool empty, and take the person out of what is left in it and surely unsent."""
    behind = context.exports.barrier(wait)
    select, folder = rows_holding(who.needles), context.data / "spool"
    with context.exports.paused() as handed:
        finish_rewrites(folder)
        for path, token in sealed_segments(folder):
            try:
                if token not in handed:
                    done.spool += rewrite(folder, path, select).removed
                elif selected_rows(path, select):
                    done.pending.append(f"spool: segment {path.stem} of {path.parent.name} may have been sent")
            except SpoolError:
                done.pending.append(f"spool: segment {path.stem} of {path.parent.name} is damaged")
        writing = sum(path.suffix == ".open" and path.exists() for path in behind)
        if writing:
            done.pending.append(f"spool: {writing} segments are being written")

"""Whether what was planted arrived, and whether any of it stands where it must not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from otel_lift.batch import Signal
from otel_lift.canaries.planting import METRIC_NUMBER, Planted
from otel_lift.canaries.search import Hit, in_files, in_spool, in_store
from otel_lift.config import Configuration
from otel_lift.jobs import JobContext, OpenStore

__all__ = ["Leak", "Round", "find_leaks", "missing"]


@dataclass(slots=True)
class Round:
    """What was planted together, and from when on (Unix seconds). `looks` counts searches since all of it arrived."""

    planted: Sequence[Planted]
    at: float
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Leak:
    """A canary that was found in a store, by its exporter's id, or in a file (`exporter` empty)."""

    planted: Planted
    exporter: str
    table: str
    column: str

    @property
    def where(self) -> str:
        """The place in words: exporter, table and column, or the file's name."""
        return ".".join(part for part in (self.exporter, self.table, self.column) if part)


def missing(one: OpenStore, planted: Sequence[Planted], at: float) -> list[Planted]:
    """Answer what is not in a store yet of what was planted at a time in Unix seconds; raises the errors of `Store`."""
    found: set[tuple[str, int]] = set()
    for table in {item.table for item in planted}:
        mine = [item for item in planted if item.table == table]
        if mine[0].signal is Signal.METRICS:
            column, kind = METRIC_NUMBER[table], "Array(UInt64)"
            wanted: list[int] | list[str] = [item.number for item in mine]
            near = "TimeUnix >= toDateTime({at:Float64}) - 1 AND "
        else:
            column, kind, near = "TraceId", "Array(String)", ""
            wanted = [f"{item.number:032x}" for item in mine]
        sql = f"SELECT DISTINCT {column} FROM {table} WHERE {near}{column} IN {{wanted:{kind}}}"  # noqa: S608 - names are ours
        for (value,) in one.store.query(sql, {"wanted": wanted, "at": at}).rows:
            found.add((table, int(value, 16) if isinstance(value, str) else int(value)))
    return [item for item in planted if (item.table, item.number) not in found]


def find_leaks(context: JobContext, rounds: Sequence[Round]) -> Iterator[Leak]:
    """Search every store, the spool and the log files for all that was planted. Raises the errors of `Store`.

    A canary that leaked into several places comes once for each.
    """
    owners = [item for one in rounds for item in one.planted for _ in item.canary.traces]
    texts = [text for one in rounds for item in one.planted for text in item.canary.traces]
    if not texts:
        return
    since = min(one.at for one in rounds) - 1
    yield from _leaks(owners, "", in_spool(context.data / "spool", texts, since))
    yield from _leaks(owners, "", in_files(_log_files(context.config), texts))
    for store in context.stores:
        yield from _leaks(owners, store.exporter, in_store(store, texts, since))


def _leaks(owners: Sequence[Planted], exporter: str, hits: Iterable[Hit]) -> Iterator[Leak]:
    # several texts give one canary away
    yield from dict.fromkeys(Leak(owners[hit.text], exporter, hit.table, hit.column) for hit in hits)


def _log_files(config: Configuration) -> Sequence[Path]:
    return config.service.canaries.log_files

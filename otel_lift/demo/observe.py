"""Watching the gateway from outside: its metrics page, its spool and its SQL endpoint, as any user could."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from otel_lift.batch import MetricKind
from otel_lift.demo.ports import Ports
from otel_lift.errors import StoreError, StoreUnavailableError
from otel_lift.queries import find
from otel_lift.service.metrics import totals
from otel_lift.spool import SpoolStats, spool_stats
from otel_lift.store import Store, open_store

__all__ = ["TABLES", "Observer", "Pattern", "Snapshot"]

_APPS = "WHERE ServiceName != 'otel-lift'"  # the gateway writes its own metrics there too

TABLES: Mapping[str, Sequence[str]] = {
    **{name: (name,) for name in ("otel_traces", "otel_logs", "lift_events")},
    "otel_metrics": tuple(f"otel_metrics_{kind.name.lower()} {_APPS}" for kind in MetricKind),
}
"""What is counted of which tables, by the name under which it is; the kinds of metrics together."""

_EVERY = 0.5
_QUERY_EVERY = 4  # looks between two questions to the store
_PATTERNS = 6
_TIMEOUT = 5.0

Totals = Mapping[str, list[tuple[dict[str, str], float]]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """An error pattern: its template, how often it happened, and to how many people."""

    template: str
    occurrences: int
    people: int


@dataclass(frozen=True)
class Snapshot:
    """The gateway at one moment.

    `app` has what the app's SDK sent and got acknowledged, by signal. `rows` are by name in `TABLES`. `trouble` is what
    the store refused, which it never should.
    """

    at: float = 0.0
    counters: Totals = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    app: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    spool: SpoolStats = field(default_factory=SpoolStats)
    rows: Mapping[str, int] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    store_answers: bool = False
    trouble: str = ""

    def total(self, counter: str, by: str | None = None, **only: str) -> dict[str, int]:
        """Answer a counter by one of its labels, greatest first; without `by` it is one sum, under the empty name."""
        sums: dict[str, int] = {}
        for labels, value in self.counters.get(counter, ()):
            if only.items() <= labels.items():
                name = labels.get(by, "") if by else ""
                sums[name] = sums.get(name, 0) + int(value)
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def sum(self, counter: str, **only: str) -> int:
        """Answer a counter as one number."""
        return self.total(counter, None, **only).get("", 0)


class Observer:
    """Looks at a gateway and an app again and again, in a thread of its own; `snapshot` is the latest look."""

    def __init__(self, ports: Ports, app: str, data: Path) -> None:
        # It logs every connection that is refused, in the middle of the live page.
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
        self.snapshot = Snapshot()
        self._ports = ports
        self._app = app
        self._data = data
        self._client = httpx.Client(timeout=_TIMEOUT)
        self._store: Store | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking by itself; `look` still works until `close`."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        if self._store is not None:
            self._store.close()

    def look(self, *, ask_store: bool) -> Snapshot:
        """Look once. What does not answer, as during a reload, keeps its last value."""
        before = self.snapshot
        now = replace(before, at=time.monotonic(), spool=spool_stats(self._data / "spool"))
        try:
            page = self._client.get(f"http://{self._ports.at('metrics')}/metrics").text
            counts = self._client.get(f"http://{self._app}/demo/counts").json()
        except httpx.HTTPError:
            pass
        else:
            now = replace(now, counters=totals(page), app=counts)
        now = replace(now, rates=_rates(before, now))
        if ask_store:
            now = self._ask(now)
        self.snapshot = now
        return now

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(_EVERY):
            self.look(ask_store=looks % _QUERY_EVERY == 0)
            looks += 1

    def _ask(self, now: Snapshot) -> Snapshot:
        patterns = find("error-patterns")
        try:
            if self._store is None:
                self._store = open_store(f"clickhouse://{self._ports.at('sql')}/otel")
            rows = {
                name: sum(
                    int(self._store.query(f"SELECT count() FROM {table}").rows[0][0])  # noqa: S608 - our own names
                    for table in tables
                )
                for name, tables in TABLES.items()
            }
            now = replace(now, rows=rows, store_answers=True)
            found = self._store.query(patterns.sql, patterns.bind({"more_than": "0", "limit": str(_PATTERNS)})).dicts()
        except StoreUnavailableError:
            return replace(now, store_answers=False)
        except StoreError as error:
            return replace(now, trouble=str(error))
        top = tuple(Pattern(row["template"], row["occurrences"], row["affected_users"]) for row in found)
        return replace(now, patterns=top, trouble="")


def _rates(before: Snapshot, now: Snapshot) -> Mapping[str, float]:
    """Answer records received by signal and second, smoothed over a few looks."""
    passed = now.at - before.at
    if not before.counters or passed <= 0:
        return {}
    old, new = before.total("records_received", "signal"), now.total("records_received", "signal")
    return {
        signal: 0.7 * before.rates.get(signal, 0.0) + 0.3 * (count - old.get(signal, 0)) / passed
        for signal, count in new.items()
    }

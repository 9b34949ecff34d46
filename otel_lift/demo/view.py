"""What the demo shows while it runs: a live page on a terminal, a line now and then elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from otel_lift.demo.observe import Snapshot
from otel_lift.demo.ports import Ports
from otel_lift.demo.traffic import Tally

__all__ = ["View", "commands"]

_RULES = 7
_NOTES = 3
_SIGNALS = {"traces": "otel_traces", "logs": "otel_logs", "metrics": "otel_metrics"}


@dataclass(frozen=True, slots=True)
class View:
    """One moment of a run, `elapsed` seconds after its start; `notes` are what has happened, oldest first."""

    snapshot: Snapshot
    tally: Tally
    elapsed: float
    notes: Sequence[str]
    ports: Ports

    def page(self) -> RenderableType:
        """Draw everything."""
        snapshot = self.snapshot
        top = Table.grid(expand=True, padding=(0, 1))
        top.add_column(ratio=3)
        top.add_column(ratio=2)
        top.add_row(
            Group(_records(snapshot, self.tally), _spool(snapshot), _visitors(self.tally)),
            Group(_consent(snapshot), _redacted(snapshot)),
        )
        where = f"  {self.elapsed:.0f} s   http://{self.ports.at('api')} shows it in a browser   Ctrl-C ends it"
        return Group(
            Text.assemble(("otel-lift demo", "bold"), where),
            top,
            _patterns(snapshot),
            *([Text(f"● {snapshot.trouble}", style="bold red")] if snapshot.trouble else []),
            *(Text(f"● {note}", style="yellow") for note in self.notes[-_NOTES:]),
        )

    def line(self) -> str:
        """Say the most important in one line."""
        snapshot = self.snapshot
        dropped = sum(snapshot.total("consent_dropped", "category").values())
        received = snapshot.total("records_received", "signal")
        return (
            f"{self.elapsed:4.0f} s  {self.tally.visitors} visitors | received {_counted(received)} | "
            f"dropped {dropped}, anonymised {snapshot.sum('anonymise_records')}, "
            f"redacted {snapshot.sum('redactions')} | stored {_counted(snapshot.rows)}, "
            f"{snapshot.spool.segments} segments in the spool"
        )


def commands(ports: Ports, program: str = "otel-lift") -> tuple[str, ...]:
    """Answer three commands to try while the gateway runs; `program` is how this shell finds `otel-lift`."""
    option = "" if ports.sql == Ports().sql else f" --dsn clickhouse://{ports.at('sql')}/otel"
    return (
        f"{program} query failures-by-event{option}",
        f"{program} query error-patterns{option}",
        f"curl 'http://{ports.at('sql')}/?query=SELECT+event,count()+FROM+otel.lift_events+GROUP+BY+event'",
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing yet"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _records(snapshot: Snapshot, tally: Tally) -> RenderableType:
    table = _table("signal", "received/s", "received", "acknowledged", "rows stored")
    received = snapshot.total("records_received", "signal")
    for signal, name in _SIGNALS.items():
        beacons = tally.acknowledged if signal == "logs" else 0
        table.add_row(
            signal,
            f"{snapshot.rates.get(signal, 0.0):.0f}",
            str(received.get(signal, 0)),
            str(snapshot.app.get(signal, {}).get("acknowledged", 0) + beacons),
            str(snapshot.rows.get(name, 0)),
        )
    table.add_row("Lift events", "", "", "", str(snapshot.rows.get("lift_events", 0)))
    return Panel(table, title="records", title_align="left")


def _spool(snapshot: Snapshot) -> RenderableType:
    spool = snapshot.spool
    store = "" if snapshot.store_answers else "  [yellow]the store does not answer yet[/]"
    return f" spool: {spool.segments} segments, {spool.bytes / 1024:.0f} KiB, oldest {spool.oldest_age:.1f} s{store}"


def _visitors(tally: Tally) -> RenderableType:
    return (
        f" visitors: {tally.visitors}, of whom {tally.without_consent} agreed to nothing, {tally.gpc} sent Sec-GPC, "
        f"{tally.withdrawn} withdrew"
    )


def _consent(snapshot: Snapshot) -> RenderableType:
    table = _table("for lack of consent", "records")
    for category, count in snapshot.total("consent_dropped", "category").items():
        table.add_row(f"dropped: {category}", str(count))
    for category, count in snapshot.total("consent_anonymised", "category").items():
        table.add_row(f"anonymised: {category}", str(count))
    return Panel(table, title="consent", title_align="left")


def _redacted(snapshot: Snapshot) -> RenderableType:
    table = _table("redacted by rule", "values")
    for rule, count in list(snapshot.total("redactions", "rule").items())[:_RULES]:
        table.add_row(rule, str(count))
    table.add_row("made pseudonyms", str(snapshot.sum("pseudonyms_values")))
    return Panel(table, title="privacy", title_align="left")


def _patterns(snapshot: Snapshot) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False)
    table.add_column("template", no_wrap=True, ratio=1)
    table.add_column("times", justify="right")
    table.add_column("people", justify="right")
    for pattern in snapshot.patterns:
        table.add_row(escape(pattern.template), str(pattern.occurrences), str(pattern.people))
    return Panel(table, title="error patterns", title_align="left")

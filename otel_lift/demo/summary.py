"""The end of a demo: what was sent, acknowledged and stored, what was kept back, and whether it all adds up."""

from dataclasses import dataclass, field

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from otel_lift.demo.observe import Snapshot
from otel_lift.demo.traffic import Tally

__all__ = ["Report"]


@dataclass
class Report:
    """The outcome. `found` tells by place (a file, a table, the spool) which planted strings were there."""

    snapshot: Snapshot
    tally: Tally
    searched: int = 0
    found: dict[str, set[str]] = field(default_factory=dict)

    def add(self, place: str, size: int, strings: set[str]) -> None:
        """Note that `size` bytes were searched, and what was found in them."""
        self.searched += size
        if strings:
            self.found.setdefault(place, set()).update(strings)

    @property
    def sent(self) -> dict[str, int]:
        """Records by signal, of the app's SDK and of the browsers."""
        return {
            signal: counts["sent"] + (self.tally.beacons if signal == "logs" else 0)
            for signal, counts in self.snapshot.app.items()
        }

    @property
    def acknowledged(self) -> dict[str, int]:
        """Records by signal whose sender was told that they are kept."""
        return {
            signal: counts["acknowledged"] + (self.tally.acknowledged if signal == "logs" else 0)
            for signal, counts in self.snapshot.app.items()
        }

    @property
    def dropped(self) -> dict[str, int]:
        """Records by signal that consent kept back whole; a span never is."""
        kinds = {"logs": "log", "metrics": "data_point"}
        return {"traces": 0} | {name: self.snapshot.sum("consent_dropped", kind=kind) for name, kind in kinds.items()}

    @property
    def stored(self) -> dict[str, int]:
        """Rows by signal."""
        return {name: self.snapshot.rows.get(f"otel_{name}", 0) for name in ("traces", "logs", "metrics")}

    @property
    def adds_up(self) -> bool:
        """Whether each acknowledged record is stored, or was dropped for consent, exactly once."""
        acknowledged = self.acknowledged
        return bool(acknowledged) and all(
            count == self.stored[signal] + self.dropped[signal] for signal, count in acknowledged.items()
        )

    @property
    def good(self) -> bool:
        """Whether the numbers add up, something was sent, nothing was found, and the store refused no question."""
        return self.adds_up and sum(self.acknowledged.values()) > 0 and not self.found and not self.snapshot.trouble

    def render(self) -> RenderableType:
        """Draw the tables and the verdict."""
        return Group(self._records(), self._kept_back(), *self._verdict())

    def _records(self) -> RenderableType:
        table = Table("signal", "sent", "acknowledged", "dropped for consent", "stored", box=box.SIMPLE_HEAD)
        for column in table.columns[1:]:
            column.justify = "right"
        for signal, sent in self.sent.items():
            numbers = (sent, self.acknowledged[signal], self.dropped[signal], self.stored[signal])
            table.add_row(signal, *(str(number) for number in numbers))
        return table

    def _kept_back(self) -> RenderableType:
        snapshot = self.snapshot
        table = Table("what was kept back", "", "how many", box=box.SIMPLE_HEAD)
        table.columns[2].justify = "right"
        for kind, noun in (("log", "log records"), ("span", "spans made skeletons"), ("span_event", "span events")):
            for category, count in snapshot.total("consent_dropped", "category", kind=kind).items():
                table.add_row("dropped for consent", f"{noun}, {category}", str(count))
        table.add_row("anonymised", "spans, log records and data points", str(snapshot.sum("anonymise_records")))
        for kind, count in snapshot.total("pseudonyms_values", "kind").items():
            table.add_row("pseudonym instead of", kind, str(count))
        for rule, count in snapshot.total("redactions", "rule").items():
            table.add_row("redacted", rule, str(count))
        return table

    def _verdict(self) -> list[str]:
        tally = self.tally
        found = set().union(*self.found.values())
        who = f"{tally.without_consent} agreed to nothing, {tally.gpc} sent Sec-GPC, {tally.withdrawn} withdrew consent"
        what = "the spool as it was written, every file as it lies, and every row of every table"
        lines = [
            f"{tally.visitors} visitors: {who}.",
            f"{_mark(good=self.adds_up)} acknowledged = stored + dropped for consent",
            f"{_mark(good=not found)} planted personal strings found in the data folder: {len(found)}",
            f"    ({len(tally.secrets)} strings looked for in {self.searched / 2**20:.1f} MiB: {what})",
            *(f"    {len(strings)} in {escape(place)}" for place, strings in self.found.items()),
        ]
        if self.snapshot.trouble:
            lines.append(f"{_mark(good=False)} the store refused a question: {escape(self.snapshot.trouble)}")
        return lines


def _mark(*, good: bool) -> str:
    return "[bold green]ok [/]" if good else "[bold red]BAD[/]"

"""The report's tables, for the terminal, for Markdown and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.privacy.coverage import Visit
from benchmarks.privacy.score import LEAST_PLAIN, LEAST_RECALL, MOST_FALSE, Corpus, Score, Share
from benchmarks.report import table
from otel_lift.batch import Signal
from otel_lift.synthetic import CLEAN, FORMS, KINDS, PLAIN

__all__ = ["Report", "Sheet"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title, its heads and its rows, of which the first cell is text."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def rich(self) -> Table:
        """Answer the table for a terminal."""
        made = Table(title=self.title, title_justify="left")
        for place, head in enumerate(self.heads):
            made.add_column(head, justify="right" if place else "left", no_wrap=not place)
        for row in self.rows:
            made.add_row(*row)
        return made

    def markdown(self) -> str:
        """Answer the table for a file."""
        return f"### {self.title}\n\n{table(self.heads, self.rows)}"


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found: of the gateway, of the oracle (None without it), and the positions by signal."""

    seed: int
    corpus: Corpus
    ours: Score
    oracle: Score | None
    visits: Mapping[Signal, Sequence[Visit]]

    def failures(self) -> list[str]:
        """Say which limits are not kept."""
        missed = [str(visit) for seen in self.visits.values() for visit in seen if not visit.redacted]
        return self.ours.failures() + [f"no processor visits {name}" for name in missed]

    def summary(self) -> str:
        """Say what was run, and the figures that the limits are about."""
        false = self.ours.false_share
        return (
            f"Seed {self.seed}: {len(self.corpus.needles):,} texts with personal data ({len(KINDS)} kinds in "
            f"{len(FORMS)} forms), {len(self.corpus.clean):,} clean ones ({len(CLEAN)} families) and "
            f"{len(self.corpus.clean_in_forms):,} clean ones in forms. Limits: recall of plain at least "
            f"{LEAST_PLAIN:g}, of every other form {LEAST_RECALL:g}; at most {MOST_FALSE:.0%} of clean texts changed: "
            f"{false.hits} of {false.tries:,} are (95 % interval {_interval(false)})."
        )

    def sheets(self) -> list[Sheet]:
        """Answer the tables."""
        return [self._by_form(), self._by_kind(), self._clean(), self._positions()]

    def _by_form(self) -> Sheet:
        heads = ["form", "texts", "recall", "95 % interval", "precision"]
        rows = [
            [form, f"{share.tries:,}", _value(share), _interval(share), _value(self.ours.precision_of_form(form))]
            for form in FORMS
            for share in [self.ours.of_form(form)]
        ]
        if self.oracle is not None:
            known = self._known_to_oracle()
            heads += ["Presidio", "of the kinds it knows", "its precision"]
            for row, form in zip(rows, FORMS, strict=True):
                of_known = _sum(self.oracle.recall.get((kind, form)) for kind in known)
                row += [
                    _value(self.oracle.of_form(form)),
                    _value(of_known),
                    _value(self.oracle.precision_of_form(form)),
                ]
        return Sheet("Recall and precision by form, over all kinds", heads, rows)

    def _by_kind(self) -> Sheet:
        heads = ["kind", "plain", "95 % interval", "precision", "all forms", "95 % interval"]
        rows = [
            [
                *(kind, _value(plain), _interval(plain), _value(self.ours.precision_of_kind(kind))),
                *(_value(share), _interval(share)),
            ]
            for kind in KINDS
            for plain, share in [(self.ours.recall[kind, PLAIN], self.ours.of_kind(kind))]
        ]
        if self.oracle is not None:
            heads += ["Presidio, plain", "all forms"]
            for row, kind in zip(rows, KINDS, strict=True):
                row += [_value(self.oracle.recall[kind, PLAIN]), _value(self.oracle.of_kind(kind))]
        return Sheet("Recall and precision by kind", heads, rows)

    def _clean(self) -> Sheet:
        heads = ["family", "texts", "changed", "95 % interval"]
        rows = [
            [family, f"{share.tries:,}", f"{share.hits}", _interval(share)]
            for family, share in [*self.ours.false_by_family.items(), ("all", self.ours.false_share)]
        ]
        if self.oracle is not None:
            heads.append("by Presidio")
            theirs = [*self.oracle.false_by_family.values(), self.oracle.false_share]
            for row, share in zip(rows, theirs, strict=True):
                row.append(f"{share.hits}")
        return Sheet("Clean telemetry that looks dangerous", heads, rows)

    def _positions(self) -> Sheet:
        rows = [
            [signal.value, f"{len(seen)}", f"{sum(visit.redacted for visit in seen)}"]
            for signal, seen in self.visits.items()
        ]
        return Sheet("String and bytes fields of the protocol", ["signal", "positions", "redacted"], rows)

    def json(self) -> dict[str, Any]:
        """Answer everything as JSON."""
        return {
            "seed": self.seed,
            "ours": _as_json(self.ours),
            "presidio": None if self.oracle is None else _as_json(self.oracle),
            "positions": {
                signal.value: {".".join(visit.position): visit.redacted for visit in seen}
                for signal, seen in self.visits.items()
            },
            "failures": self.failures(),
        }

    def _known_to_oracle(self) -> list[str]:
        assert self.oracle is not None
        return [kind for kind in KINDS if self.oracle.recall[kind, PLAIN].hits]


def _as_json(score: Score) -> dict[str, Any]:
    return {
        "recall": [
            {"kind": kind, "form": form, "found": share.hits, "of": share.tries, "interval": share.interval}
            for (kind, form), share in score.recall.items()
        ],
        "precision_by_kind": {kind: score.precision_of_kind(kind).value for kind in KINDS},
        "precision_by_form": {form: score.precision_of_form(form).value for form in FORMS},
        "clean": {
            family: {"changed": share.hits, "of": share.tries, "interval": share.interval}
            for family, share in score.false_by_family.items()
        },
        "clean_in_forms": {
            form: {"changed": share.hits, "of": share.tries} for form, share in score.false_by_form.items()
        },
    }


def _value(share: Share) -> str:
    return f"{share.value:.3f}" if share.tries else "-"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{low:.3f}-{high:.3f}"


def _sum(shares: Iterable[Share | None]) -> Share:
    known = [share for share in shares if share is not None]
    return Share(sum(share.hits for share in known), sum(share.tries for share in known))

"""What is stored of people for a category, as SQL: which rows of which table, and what of a row may stay.

It says of rows what `consent` and `anonymise` do to messages. A row has the subject, the event, the decision and the
time that they were decided by.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from otel_lift.rights.needles import Needles
from otel_lift.semconv import COLUMNS, EVENTS, PUBLIC_ATTRIBUTES, Consent, Privacy, consent_category
from otel_lift.store.names import identifier, literal
from otel_lift_consent.config import ConsentConfig

__all__ = ["EXEMPLAR", "SPAN_EVENT", "TABLES", "Stored", "Window", "Windows", "event_of_category", "kept", "stripped"]

# The gateway's own attributes that say nothing of a person, beside those of class `public`.
_GATEWAYS = ("lift.validation", "lift.time.original")
_MAP = "Map(LowCardinality(String), String)"
_DENIED = f"CAST(map('lift.consent', 'denied'), '{_MAP}')"
_METRICS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


@dataclass(frozen=True, slots=True)
class Window:
    """What a withdrawal takes back: of a subject, from its time until the person's next entry (Unix nanoseconds)."""

    subject: str
    start: int
    end: int

    def text(self) -> str:
        """Write its times in columns of fixed width."""
        return f"{self.start:020d}{self.end:020d}"


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a table has what decisions go by, as SQL; times in Unix nanoseconds, first and last that a row can mean."""

    subject: str
    event: str
    decision: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows as SQL: the needles are subjects, and noted of each are its windows (`noted`)."""

    found: Needles

    @staticmethod
    def noted(windows: Iterable[Window]) -> dict[str, str]:
        """Answer what to note of each subject."""
        of: dict[str, list[str]] = {}
        for window in windows:
            of.setdefault(window.subject, []).append(window.text())
        return {subject: " ".join(each) for subject, each in of.items()}

    def hold(self, row: Stored) -> str:
        """Answer the condition that a row lies in a window; its own newer grant spares it."""
        return f"({row.subject} IN ({self.found.values}) AND {self.inside(row)})"

    def inside(self, row: Stored) -> str:
        """Answer the same condition without the cheap one that comes first, for use in a function of rows."""
        start, end = (f"toInt64OrZero(substring(w, {place}, 20))" for place in (1, 21))
        condition = (
            f"w != '' AND {row.last} >= {start} AND {row.first} < {end}"
            f" AND ({row.decision} != 'granted_by_record' OR {row.first} <= {start})"
        )
        return f"arrayExists(w -> {condition}, splitByChar(' ', {self.found.noted(row.subject)}))"

    def among(self, attributes: str) -> str:
        """Answer the condition that one of a row's lists of attributes names one of the subjects."""
        named = self.found.noted("a['lift.subject']")
        return f"arrayExists(a -> {named} != '', {attributes})"


def _of_map(attributes: str, time: str, event: str) -> Stored:
    nanoseconds = f"toUnixTimestamp64Nano({time})"
    return Stored(f"{attributes}['lift.subject']", event, f"{attributes}['lift.consent']", nanoseconds, nanoseconds)


_SECONDS = "toInt64(toUnixTimestamp({})) * 1000000000"

TABLES: Mapping[str, Stored] = {
    "lift_events": Stored(
        "subject",
        "event",
        "consent",
        "toUnixTimestamp64Nano(least(event_time, receive_time))",
        "toUnixTimestamp64Nano(event_time)",
    ),
    "otel_logs": _of_map(
        "LogAttributes",
        "Timestamp",
        "if(startsWith(EventName, 'lift.'), substring(EventName, 6), LogAttributes['lift.event'])",
    ),
    "otel_traces": _of_map("SpanAttributes", "Timestamp", "SpanAttributes['lift.event']"),
    **{
        f"otel_metrics_{kind}": Stored(
            "Attributes['lift.subject']",
            "''",
            "Attributes['lift.consent']",
            _SECONDS.format("TimeUnix"),
            f"({_SECONDS.format('TimeUnix')} + 999999999)",
        )
        for kind in _METRICS
    },
}
"""The tables that hold what people did, by name."""

SPAN_EVENT = _of_map("a", "t", "a['lift.event']")
"""An event of a span: `a` are its attributes and `t` is its time."""

EXEMPLAR = Stored(
    "a['lift.subject']",
    "''",
    "a['lift.consent']",
    _SECONDS.format("t"),
    f"({_SECONDS.format('t')} + 999999999)",
)
"""An exemplar of a data point, in the same way."""


def event_of_category(config: ConsentConfig, category: Consent, event: str) -> str:
    """Answer the condition that an event, empty for none, is of a category; a consent update is of none."""
    names = {*EVENTS, *config.categories} - {"user_consent_update"}
    of = {name: config.categories.get(name) or consent_category(name) for name in names}
    mine = {name for name, its in of.items() if its == category}
    if category == Consent.ESSENTIAL:
        mine.add("")
    if config.unknown != category:
        return f"{event} IN ({_literals(mine)})"
    others = names - mine | {"user_consent_update"}
    if category != Consent.ESSENTIAL:
        others.add("")
    return f"{event} NOT IN ({_literals(others)})"


def kept(attributes: str, public: Iterable[str], *, denied: bool = False) -> str:
    """Answer the attributes that may stay, in the order of their keys; with `denied` marked as the rest of a denial.

    `public` are the attributes that the configuration says are public, ``*`` for any text.
    """
    left = f"mapFilter((k, v) -> {_public(public)}, {attributes})"
    if denied:
        left = f"mapUpdate({left}, {_DENIED})"
    return f"CAST(mapSort({left}), '{_MAP}')"


def stripped(table: str, public: Sequence[str], *, wholly: bool) -> dict[str, str]:
    """Answer what an anonymised row has in place of its columns, as SQL by column.

    `public` is that of `kept`. With `wholly` nothing of a span's own attributes stays: its event may not be stored.
    """
    if table == "lift_events":
        return _stripped_event(public)
    columns = {"ResourceAttributes": kept("ResourceAttributes", public)}
    if table == "otel_traces":
        lift = "a['lift.event'] != ''"
        names, times, attributes = "`Events.Name`", "`Events.Timestamp`", "`Events.Attributes`"
        return columns | {
            "TraceState": "''",
            "StatusMessage": "''",
            "SpanAttributes": _DENIED if wholly else kept("SpanAttributes", public, denied=True),
            "Events.Timestamp": f"arrayFilter((t, a) -> {lift}, {times}, {attributes})",
            "Events.Name": f"arrayFilter((n, a) -> {lift}, {names}, {attributes})",
            "Events.Attributes": f"arrayMap(a -> {kept('a', public)}, arrayFilter(a -> {lift}, {attributes}))",
            **_emptied("Links", ("TraceId", "SpanId", "TraceState", "Attributes")),
        }
    columns["ScopeAttributes"] = kept("ScopeAttributes", public)
    if table == "otel_logs":
        return columns | {
            "LogAttributes": kept("LogAttributes", public, denied=True),
            "Body": "LogAttributes['lift.template']",
        }
    columns |= {"Attributes": kept("Attributes", public, denied=True), "MetricDescription": "''"}
    if table == "otel_metrics_summary":
        return columns
    return columns | _emptied("Exemplars", ("FilteredAttributes", "TimeUnix", "Value", "SpanId", "TraceId"))


def _emptied(group: str, columns: Iterable[str]) -> dict[str, str]:
    names = (f"{group}.{column}" for column in columns)
    return {name: f"arraySlice({identifier(name)}, 1, 0)" for name in names}


def _stripped_event(public: Sequence[str]) -> dict[str, str]:
    personal = (column for column in COLUMNS.values() if column.privacy is not Privacy.PUBLIC)
    return {column.name: "0" if column.type == "uint8" else "''" for column in personal} | {
        "subject_key": "''",
        "event_id": "toString(generateUUIDv4())",
        "consent": "'denied'",
        "message": "template",
        "properties": kept("properties", public),
    }


def _public(public: Iterable[str]) -> str:
    """Answer the condition that a key `k` may stay."""
    named = tuple(public)
    names = {*PUBLIC_ATTRIBUTES, *_GATEWAYS, *(key for key in named if "*" not in key)}
    condition = f"k IN ({_literals(names)})"
    if globs := "|".join(".*".join(map(re.escape, key.split("*"))) for key in named if "*" in key):
        expression = rf"(?s)\A(?:{globs})\z"
        condition += f" OR match(k, {literal(expression)})"
    return condition


def _literals(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(names)))

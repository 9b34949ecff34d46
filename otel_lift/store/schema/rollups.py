"""The rollups: what questions count again and again, kept up by materialized views at each insert.

All days and hours are in UTC, and a partition is a day (of `lift_rollup_monthly` a month), so that a day can be made
again from its events and take the place of the old one at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_lift.store.schema.lift import ERROR_PATTERNS_VIEW, error_patterns
from otel_lift.store.schema.measures import (
    EVENT_MEASURES,
    Measure,
    columns_of,
    count,
    durations,
    select,
    span,
    state,
    total,
)
from otel_lift.store.schema.model import Column, SchemaOptions, Table, View
from otel_lift.store.schema.standard import LC, TIME

__all__ = ["ERROR_PATTERNS", "ROLLUPS", "Rollup"]

_SETTINGS = ("index_granularity = 8192", "ttl_only_drop_parts = 1")
_HOURLY = ("event", "category", "severity", "priority", "service", "environment", "user_type")
_MERGED = frozenset({"lift_rollup_daily"})  # sources that have the measures already
_DAILY = (*_HOURLY, "endpoint", "page", "feature", "reason", "ai_provider", "ai_model", "outcome")


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table that is made of the rows of another, `source`, by a materialized view.

    `day` is SQL of the day (a Date) of a row `e` of the source, for which a partition is named, and `own_day` the same
    of a row of the rollup. `counted` is its column that adds up the source's rows for which `where` holds, each of
    which counts `weight`. `part` is the column by which a day can be made again in part, empty for none. `people` are
    the columns with states of distinct people, `samples` what shows a single row: column, type and SQL of an empty one.
    """

    table: Callable[[SchemaOptions], Table]
    view: View
    day: str
    own_day: str
    counted: str
    where: str = "1"
    weight: str = "1"
    part: str = ""
    people: tuple[str, ...] = ()
    samples: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """The table's name."""
        return self.view.target

    @property
    def source(self) -> str:
        """The name of the table that it is made of."""
        return self.view.source


@dataclass(frozen=True, slots=True)
class _Made:
    """What a rollup's table and view are made of. `period` is its time with its expression; so are the keys."""

    name: str
    source: str
    period: tuple[Column, str]
    keys: tuple[tuple[Column, str], ...]
    measures: tuple[Measure, ...]
    where: str = ""
    keeps: str = "aggregate_days"  # the option that says for how many days

    def table(self, options: SchemaOptions) -> Table:
        period, keys = self.period[0], [key for key, _ in self.keys]
        return Table(
            self.name,
            (period, *keys, *columns_of(self.measures)),
            partition_by=self.own_day,
            order_by=f"({', '.join([period.name, *(key.name for key in keys)])})",
            engine="AggregatingMergeTree",
            ttl=(f"{period.name} + toIntervalDay({getattr(options, self.keeps)})",),
            settings=_SETTINGS,
            shard_by=f"cityHash64({keys[0].name})",
        )

    @property
    def own_day(self) -> str:
        period = self.period[0]
        return period.name if period.type == "Date" else f"toDate({period.name})"

    def rollup(self, day: str, counted: str, **further: Any) -> Rollup:
        keys = {key.name: expression for key, expression in self.keys}
        time = (self.period[0].name, self.period[1])
        chosen = select(time, keys, self.measures, self.where, merged=self.source in _MERGED)
        view = View(f"{self.name}_mv", self.source, self.name, chosen)
        return Rollup(self.table, view, day, self.own_day, counted, self.where or "1", **further)


def _same(*names: str) -> tuple[tuple[Column, str], ...]:
    return tuple((Column(name, LC), f"e.{name}") for name in names)


_DAY = Column("day", "Date", "Delta(2), ZSTD(1)", comment="UTC")
_HOUR = Column("hour", "DateTime('UTC')", "Delta(4), ZSTD(1)")
_MONTH = Column("month", "Date", "Delta(2), ZSTD(1)", comment="its first day, UTC")
_SUBJECT = (Column("subject", "String", comment="pseudonym"), "e.subject")
_DAY_OF_EVENT = "toDate(e.event_time, 'UTC')"

_HOURLY_ROLLUP = _Made(
    "lift_rollup_hourly",
    "lift_events",
    (_HOUR, "toStartOfHour(e.event_time, 'UTC')"),
    _same(*_HOURLY),
    EVENT_MEASURES,
).rollup(_DAY_OF_EVENT, "events", part="event", people=("users",))
_DAILY_ROLLUP = _Made(
    "lift_rollup_daily",
    "lift_events",
    (_DAY, _DAY_OF_EVENT),
    _same(*_DAILY),
    EVENT_MEASURES,
).rollup(_DAY_OF_EVENT, "events", part="event", people=("users",))
_MONTHLY_ROLLUP = _Made(
    "lift_rollup_monthly",
    "lift_rollup_daily",
    (_MONTH, "toStartOfMonth(e.day)"),
    _same(*_DAILY),
    EVENT_MEASURES,
    keeps="monthly_days",
).rollup("toStartOfMonth(e.day)", "events", weight="e.events", part="event", people=("users",))

_EVENTS_OF_A_DAY = {
    "signups": ("user_signup",),
    "logins": ("user_login",),
    "microacts_created": ("microact_created",),
    "microacts_shared": ("microact_shared",),
    "waves_joined": ("wave_joined",),
    "wave_interactions": ("wave_interaction",),
    "community": ("post_created", "post_liked", "post_commented", "post_shared", "user_followed"),
    "community_help": ("post_commented", "post_shared"),
    "activations_started": ("activation_started",),
    "activations_completed": ("activation_completed",),
}
_MOOD = "e.event = 'activation_mood_logged'"
_USER_DAYS = _Made(
    "lift_user_days",
    "lift_events",
    (_DAY, _DAY_OF_EVENT),
    (_SUBJECT,),
    (
        # the greatest, so that a person's day has one user type in whichever order its events come
        Measure("user_type", f"SimpleAggregateFunction(max, {LC})", "max(e.user_type)", "max(e.user_type)"),
        count("events"),
        count("errors", "e.category = 'failures'"),
        count("blocked", "e.user_blocked"),
        total("mood_sum", f"sumIf(e.mood, {_MOOD})", "UInt64"),
        count("mood_count", _MOOD),
        *(
            count(name, f"e.event IN ({', '.join(map(repr, events))})", f"events {', '.join(events)}")
            for name, events in _EVENTS_OF_A_DAY.items()
        ),
        *span(),
        state("sessions", "uniq", "e.session_id, e.session_id != ''", "String", "distinct sessions"),
    ),
    "e.subject != ''",
).rollup(_DAY_OF_EVENT, "events", part="subject")
_USER_ERRORS = _Made(
    "lift_daily_user_errors",
    "lift_events",
    (_DAY, _DAY_OF_EVENT),
    (_SUBJECT,),
    (
        count("errors"),
        state("distinct_errors", "uniq", "e.fingerprint, e.fingerprint != ''", "String", "distinct fingerprints"),
        count("blocked", "e.user_blocked"),
        count("critical", "e.priority = 'critical'"),
        count("recovery_attempted", "e.recovery_attempted"),
        count("recovered", "e.recovery_successful"),
        span()[1],
    ),
    "e.subject != '' AND e.category = 'failures'",
    keeps="user_error_days",
).rollup(_DAY_OF_EVENT, "errors", part="subject")

_SESSIONS = _Made(
    "lift_rollup_sessions",
    "lift_events",
    (_DAY, _DAY_OF_EVENT),
    _same("service", "environment", "user_type"),
    (
        count("events"),
        state("sessions", "uniq", "e.session_id, e.session_id != ''", "String", "distinct sessions"),
        count("restore_failures", "e.event = 'session_stabilization_failure'"),
        count("timeouts", "e.event = 'auth_error' AND e.error_type = 'session_expired'"),
    ),
).rollup(_DAY_OF_EVENT, "events")


def _either(attributes: str, name: str, older: str) -> str:
    """Take an attribute by its present name, else by the one that older instrumentation writes."""
    return f"if(e.{attributes}['{name}'] != '', e.{attributes}['{name}'], e.{attributes}['{older}'])"


_STATUS = _either("SpanAttributes", "http.response.status_code", "http.status_code")
_ENDPOINTS = _Made(
    "lift_rollup_endpoints",
    "otel_traces",
    (_HOUR, "toStartOfHour(e.Timestamp, 'UTC')"),
    (
        (Column("service", LC), "e.ServiceName"),
        (
            Column("environment", LC),
            _either("ResourceAttributes", "deployment.environment.name", "deployment.environment"),
        ),
        (Column("endpoint", LC, comment="route template"), "e.SpanAttributes['http.route']"),
        (Column("method", LC), _either("SpanAttributes", "http.request.method", "http.method")),
    ),
    (
        count("requests"),
        count(
            "failures", f"e.StatusCode = 'Error' OR toUInt16OrZero({_STATUS}) >= 500", "status Error, or 500 and above"
        ),
        *durations("e.Duration / 1e6"),
    ),
    "e.SpanKind = 'Server' AND e.SpanAttributes['http.route'] != ''",
).rollup("toDate(e.Timestamp, 'UTC')", "requests")

ROLLUPS = (_HOURLY_ROLLUP, _DAILY_ROLLUP, _MONTHLY_ROLLUP, _USER_DAYS, _USER_ERRORS, _SESSIONS, _ENDPOINTS)
"""The rollups; one that is made of another comes after it."""

ERROR_PATTERNS = Rollup(
    error_patterns,
    ERROR_PATTERNS_VIEW,
    # as its partitions are, and those of the events: days of the server's time zone
    "toDate(e.event_time)",
    "toDate(window)",
    "occurrences",
    "e.fingerprint != ''",
    part="event",
    people=("affected_users",),
    samples=(("sample", f"AggregateFunction(argMax, String, {TIME})", "argMaxStateIf('', toDateTime64(0, 9), 0)"),),
)
"""`lift_error_patterns`, which is made in the same way."""

"""The rollups: what questions count again and again, kept up by materialized views at each insert.

All days and hours are in UTC, and a partition is a day (of `lift_rollup_monthly` a month), so that a day can be made
again from its events and take the place of the old one at once.
"""

from dataclasses import dataclass

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
from otel_lift.store.schema.standard import LC

__all__ = ["ROLLUPS", "Rollup"]

_SETTINGS = ("index_granularity = 8192", "ttl_only_drop_parts = 1")
_HOURLY = ("event", "category", "severity", "priority", "service", "environment", "user_type")
_DAILY = (*_HOURLY, "endpoint", "page", "feature", "reason", "ai_provider", "ai_model", "outcome")


@dataclass(frozen=True, slots=True)
class Rollup:
    """A rollup: its table, and the SELECT that fills it from the table `source`.

    `period` is the column of its time, of which one value (for hours: the day) is a partition. `keeps` names the option
    that says for how many days its rows are kept. `people` are the columns with states of distinct people; `of_one`
    says that each row is one person's.
    """

    name: str
    source: str
    period: Column
    keys: tuple[Column, ...]
    measures: tuple[Measure, ...]
    select: str
    keeps: str = "aggregate_days"
    people: tuple[str, ...] = ()
    of_one: bool = False

    @property
    def view(self) -> View:
        """The materialized view that feeds it."""
        return View(f"{self.name}_mv", self.source, self.name, self.select)

    def table(self, options: SchemaOptions) -> Table:
        """Answer the table."""
        period = self.period.name
        return Table(
            self.name,
            (self.period, *self.keys, *columns_of(self.measures)),
            partition_by=period if self.period.type == "Date" else f"toDate({period})",
            order_by=f"({', '.join([period, *(key.name for key in self.keys)])})",
            engine="AggregatingMergeTree",
            ttl=(f"{period} + toIntervalDay({getattr(options, self.keeps)})",),
            settings=_SETTINGS,
            shard_by=f"cityHash64({self.keys[0].name})",
        )


def _keys(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, LC) for name in names)


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"e.{name}" for name in names}


_DAY = Column("day", "Date", "Delta(2), ZSTD(1)", comment="UTC")
_HOUR = Column("hour", "DateTime('UTC')", "Delta(4), ZSTD(1)")
_MONTH = Column("month", "Date", "Delta(2), ZSTD(1)", comment="its first day, UTC")
_SUBJECT = Column("subject", "String", comment="pseudonym")
_DAY_OF_EVENT = ("day", "toDate(e.event_time, 'UTC')")

_HOURLY_ROLLUP = Rollup(
    "lift_rollup_hourly",
    "lift_events",
    _HOUR,
    _keys(*_HOURLY),
    EVENT_MEASURES,
    select(("hour", "toStartOfHour(e.event_time, 'UTC')"), _same(_HOURLY), EVENT_MEASURES),
    people=("users",),
)
_DAILY_ROLLUP = Rollup(
    "lift_rollup_daily",
    "lift_events",
    _DAY,
    _keys(*_DAILY),
    EVENT_MEASURES,
    select(_DAY_OF_EVENT, _same(_DAILY), EVENT_MEASURES),
    people=("users",),
)
_MONTHLY_ROLLUP = Rollup(
    "lift_rollup_monthly",
    "lift_rollup_daily",
    _MONTH,
    _keys(*_DAILY),
    EVENT_MEASURES,
    select(("month", "toStartOfMonth(e.day)"), _same(_DAILY), EVENT_MEASURES, merged=True),
    keeps="monthly_days",
    people=("users",),
)

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
_USER_DAYS_MEASURES: tuple[Measure, ...] = (
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
)
_USER_DAYS = Rollup(
    "lift_user_days",
    "lift_events",
    _DAY,
    (_SUBJECT,),
    _USER_DAYS_MEASURES,
    select(_DAY_OF_EVENT, _same(("subject",)), _USER_DAYS_MEASURES, "e.subject != ''"),
    of_one=True,
)

_USER_ERRORS_MEASURES: tuple[Measure, ...] = (
    count("errors"),
    state("distinct_errors", "uniq", "e.fingerprint, e.fingerprint != ''", "String", "distinct fingerprints"),
    count("blocked", "e.user_blocked"),
    count("critical", "e.priority = 'critical'"),
    count("recovery_attempted", "e.recovery_attempted"),
    count("recovered", "e.recovery_successful"),
    span()[1],
)
_USER_ERRORS = Rollup(
    "lift_daily_user_errors",
    "lift_events",
    _DAY,
    (_SUBJECT,),
    _USER_ERRORS_MEASURES,
    select(_DAY_OF_EVENT, _same(("subject",)), _USER_ERRORS_MEASURES, "e.subject != '' AND e.category = 'failures'"),
    keeps="user_error_days",
    of_one=True,
)


def _either(attributes: str, name: str, older: str) -> str:
    """Take an attribute by its present name, else by the one that older instrumentation writes."""
    return f"if(e.{attributes}['{name}'] != '', e.{attributes}['{name}'], e.{attributes}['{older}'])"


_STATUS = _either("SpanAttributes", "http.response.status_code", "http.status_code")
_ENDPOINTS_MEASURES: tuple[Measure, ...] = (
    count("requests"),
    count("failures", f"e.StatusCode = 'Error' OR toUInt16OrZero({_STATUS}) >= 500", "status Error, or 500 and above"),
    *durations("e.Duration / 1e6"),
)
_ENDPOINTS = Rollup(
    "lift_rollup_endpoints",
    "otel_traces",
    _HOUR,
    _keys("service", "environment", "endpoint", "method"),
    _ENDPOINTS_MEASURES,
    select(
        ("hour", "toStartOfHour(e.Timestamp, 'UTC')"),
        {
            "service": "e.ServiceName",
            "environment": _either("ResourceAttributes", "deployment.environment.name", "deployment.environment"),
            "endpoint": "e.SpanAttributes['http.route']",
            "method": _either("SpanAttributes", "http.request.method", "http.method"),
        },
        _ENDPOINTS_MEASURES,
        "e.SpanKind = 'Server' AND e.SpanAttributes['http.route'] != ''",
    ),
)

ROLLUPS = (_HOURLY_ROLLUP, _DAILY_ROLLUP, _MONTHLY_ROLLUP, _USER_DAYS, _USER_ERRORS, _ENDPOINTS)
"""All of them; one that is made of another comes after it."""

"""Take from a store what withdrawals take back: rows are deleted, or copied without what identifies and then deleted.

A subject is part of most tables' sorting key, which no update can change, so an anonymised row is a new one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.needles import needles
from otel_lift.rights.rows import count, delete
from otel_lift.rights.tables import stored_tables
from otel_lift.semconv import Consent
from otel_lift.store import INSERT_SETTINGS
from otel_lift.store.names import identifier
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.stored import EXEMPLAR, SPAN_EVENT, TABLES, Window, Windows, event_of_category, kept, stripped

__all__ = ["Purged", "purge_rows"]

_TRACES, _METRICS = "otel_traces", "otel_metrics_"
_EVENTS = ("Timestamp", "Name", "Attributes")
_QUIET = {"log_queries": 0}
_EXEMPLARS = ("FilteredAttributes", "TimeUnix", "Value", "SpanId", "TraceId")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were deleted and how many made anonymous, by table, and in words what is to be done yet."""

    deleted: Counter[str] = field(default_factory=Counter)
    anonymised: Counter[str] = field(default_factory=Counter)
    pending: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Copy:
    """Rows to be replaced by copies: where, and the SQL of the columns that differ."""

    table: str
    where: str
    columns: Mapping[str, str]


@dataclass(slots=True)
class _Plan:
    """What is to be done, each table in few statements: first within rows that are others', then whole rows."""

    among: dict[str, list[str]] = field(default_factory=dict)  # by table: which rows have such children at all
    drop: dict[str, list[str]] = field(default_factory=dict)  # which children go
    bare: dict[str, list[str]] = field(default_factory=dict)  # which children are stripped
    copies: list[_Copy] = field(default_factory=list)
    deleted: dict[str, list[str]] = field(default_factory=dict)


def purge_rows(
    context: JobContext,
    opened: OpenStore,
    config: ConsentConfig,
    windows: Mapping[Consent, Sequence[Window]],
    public: Sequence[str],
) -> Purged:
    """Take back what was stored in these windows, by the action that is configured for each category.

    `public` are the attributes that `anonymise` takes for public beside those of the semantic conventions. Raises
    StoreUnavailableError, StoreError.
    """
    done, plan = Purged(), _Plan()
    with ExitStack() as stack:
        for category, of_category in windows.items():
            action = getattr(config.actions, category)
            if action == "keep" or not of_category:
                continue
            held = Windows(stack.enter_context(needles(context, opened, Windows.noted(of_category))))
            _plan_rows(plan, config, category, held, public, drop=action == "drop")
            _plan_children(plan, config, category, held, drop=action == "drop")
        tables = {table.name: table.read for table in stored_tables(opened)}
        inside = [_children(plan, table, public) for table in plan.among if table in tables]
        copies = [copy for copy in plan.copies if copy.table in tables]
        deleted = {table: f"({' OR '.join(each)})" for table, each in plan.deleted.items() if table in tables}
        found = _concerned(opened, [*inside, *copies], deleted)
        copies, inside = ([copy for copy in each if copy.table in found] for each in (copies, inside))
        _carry_out(context, opened, tables, inside, {}, done)
        _carry_out(context, opened, tables, copies, {table: deleted[table] for table in found & set(deleted)}, done)
    return done


def _plan_rows(
    plan: _Plan, config: ConsentConfig, category: Consent, held: Windows, public: Sequence[str], *, drop: bool
) -> None:
    for table, row in TABLES.items():
        where = held.hold(row)
        if not table.startswith(_METRICS):
            where = f"({event_of_category(config, category, row.event)} AND {where})"
        elif category != Consent.ESSENTIAL:
            continue
        if drop and table != _TRACES:
            plan.deleted.setdefault(table, []).append(where)
        else:
            plan.copies.append(_Copy(table, where, stripped(table, public, wholly=drop)))


def _plan_children(plan: _Plan, config: ConsentConfig, category: Consent, held: Windows, *, drop: bool) -> None:
    """Events of spans go, or are stripped; exemplars go."""
    of_category = event_of_category(config, category, SPAN_EVENT.event)
    hit = f"({SPAN_EVENT.event} != '' AND {of_category} AND {held.inside(SPAN_EVENT)})"
    plan.among.setdefault(_TRACES, []).append(held.among("`Events.Attributes`"))
    (plan.drop if drop else plan.bare).setdefault(_TRACES, []).append(hit)
    if category == Consent.ESSENTIAL:
        for table in TABLES:
            if table.startswith(_METRICS) and not table.endswith("summary"):
                plan.among[table] = [held.among("`Exemplars.FilteredAttributes`")]
                plan.drop[table] = [held.inside(EXEMPLAR)]


def _children(plan: _Plan, table: str, public: Sequence[str]) -> _Copy:
    """Answer the copies of rows without their children that go."""
    group, columns = ("Events", _EVENTS) if table == _TRACES else ("Exemplars", _EXEMPLARS)
    times = identifier(f"{group}.{'Timestamp' if table == _TRACES else 'TimeUnix'}")
    attributes = identifier(f"{group}.{'Attributes' if table == _TRACES else 'FilteredAttributes'}")
    drop, bare = (" OR ".join(each.get(table, ["0"])) for each in (plan.drop, plan.bare))
    changed = {}
    for name in (f"{group}.{column}" for column in columns):
        values = identifier(name)
        if values == attributes and table in plan.bare:
            values = f"arrayMap((t, a) -> if({bare}, {kept('a', public)}, a), {times}, {attributes})"
        changed[name] = f"arrayFilter((x, t, a) -> NOT ({drop}), {values}, {times}, {attributes})"
    hit = f"arrayExists((t, a) -> {drop} OR {bare}, {times}, {attributes})"
    return _Copy(table, f"(({' OR '.join(plan.among[table])}) AND {hit})", changed)


def _concerned(opened: OpenStore, copies: Sequence[_Copy], deleted: Mapping[str, str]) -> set[str]:
    """Answer the tables with such rows; most withdrawals take back little or nothing, so one statement asks for all."""
    wheres = {table: [where] for table, where in deleted.items()}
    for copy in copies:
        wheres.setdefault(copy.table, []).append(copy.where)
    return set(count(opened, {table: " OR ".join(each) for table, each in wheres.items()}))


def _carry_out(
    context: JobContext,
    opened: OpenStore,
    tables: Mapping[str, str],
    copies: Sequence[_Copy],
    deleted: Mapping[str, str],
    done: Purged,
) -> None:
    """Insert the copies, and delete their originals and the other rows. What a crash leaves, the next time mends."""
    found = count(opened, deleted)
    copied: dict[str, list[str]] = {}
    for copy in copies:
        if rows := _insert(opened, tables[copy.table], copy):
            copied.setdefault(copy.table, []).append(copy.where)
            done.anonymised[copy.table] += rows
    wheres: dict[str, str] = {}
    for table in {*found, *copied}:
        each = [*copied.get(table, ()), *([deleted[table]] if table in found else [])]
        wheres[table] = f"({' OR '.join(each)})"
    if wheres:
        gone = delete(context, opened, wheres)
        for table in found:
            rows = gone.rows.get(table, 0) - (done.anonymised[table] if table in copied else 0)
            if rows > 0:  # none where another gateway was first
                done.deleted[table] += rows
        done.pending.extend(gone.pending)


def _insert(opened: OpenStore, read: str, copy: _Copy) -> int:
    """Insert the copies of the rows there are, and answer how many; the originals are still there."""
    sql = f"SELECT count(), groupBitXor(cityHash64(*)) FROM {read} WHERE {copy.where}"  # noqa: S608 - made of quoted names
    rows, hashed = opened.store.query(sql, settings=_QUIET).rows[0]
    if not rows:
        return 0
    changed = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in copy.columns.items())
    # the same originals are the same token, so that they are copied once
    settings = {**INSERT_SETTINGS, **_QUIET, "insert_deduplication_token": f"purge-{copy.table}-{rows}-{hashed}"}
    opened.store.command(
        f"INSERT INTO {opened.options.qualified(copy.table)} SELECT * REPLACE({changed}) "  # noqa: S608 - made of quoted names
        f"FROM (SELECT * FROM {read} WHERE {copy.where})",
        settings=settings,
    )
    return int(rows)

"""Maintenance on the real engine: repetitions, the lake, retention, backups, reports."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rights_support import RING, Place, last, place

from otel_lift.errors import StoreError
from otel_lift.jobs import JobContext, perform
from otel_lift.maintenance.archive import archive, behind
from otel_lift.maintenance.backups import backups_folder, check_backups, known_backups, make_backup, prune
from otel_lift.maintenance.backups.folder import CONTENT
from otel_lift.maintenance.purge import purge, tidy
from otel_lift.maintenance.refresh import refresh, repair
from otel_lift.maintenance.reports.keep import daily_report, monthly_report
from otel_lift.store.embedded import allow_backups
from otel_lift.store.schema import apply

DAY = 86_400
NOW = int(time.time())
TODAY = datetime.now(UTC).date()
NOON = NOW // DAY * DAY + DAY // 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Open a place with a lake and a folder of backups."""
    folder = tmp_path_factory.mktemp("maintenance")
    (folder / "lake").mkdir()
    allow_backups(folder / "data" / "backups")
    with place(folder, f"chdb://{folder}/store", lake=str(folder / "lake")) as made:
        yield made


@pytest.fixture
def here(shared: Place) -> Place:
    """Answer the place with its telemetry gone."""
    _empty(shared)
    return shared


@pytest.fixture
def context(here: Place) -> Iterator[JobContext]:
    """Answer what jobs work with."""
    with here.context() as made:
        yield made


def _empty(here: Place) -> None:
    rows = here.store.query(
        "SELECT name FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree' AND name NOT IN "
        "('lift_migrations', 'lift_audit')"
    ).rows
    for (table,) in rows:
        here.store.command(f"TRUNCATE TABLE otel.{table}")


def _event(number: int, at: int, **values: Any) -> dict[str, Any]:
    return {
        "event": "feature_used",
        "category": "behaviour",
        "event_time": at,
        "receive_time": NOW,
        "event_id": f"e{number}",
        "subject": f"s{number % 20}",
        "feature": "search",
        **values,
    }


def _counted(here: Place, table: str = "lift_rollup_daily") -> int:
    return int(here.one(f"SELECT sum(events) FROM {{db}}.{table}")[0])


def test_events_that_were_sent_twice_become_one(here: Place, context: JobContext) -> None:
    """Repetitions go from the events and from the rollups; other events of the same time stay."""
    first = [_event(number, NOON - DAY) for number in range(10)]
    here.insert("lift_events", first)
    here.insert("lift_events", [*first[:4], _event(99, NOON - DAY)])
    assert _counted(here) == 15
    refresh(context)
    assert here.one("SELECT count(), uniqExact(event_id) FROM {db}.lift_events") == (11, 11)
    assert (_counted(here), _counted(here, "lift_user_days")) == (11, 11)
    here.insert("lift_events", [_event(50, NOON - 2 * DAY, receive_time=NOW - 2 * DAY)] * 2)
    refresh(context)
    assert here.one("SELECT count() FROM {db}.lift_events") == (13,), "what came long ago is left to the daily job"
    repair(context)
    assert here.one("SELECT count() FROM {db}.lift_events") == (12,)
    assert _counted(here) == 12


def test_a_rollup_that_counted_wrongly_is_made_again(here: Place, context: JobContext) -> None:
    """A day whose rollup differs from its events is right after the daily repair."""
    here.insert("lift_events", [_event(number, NOON - 2 * DAY) for number in range(6)])
    here.store.command("INSERT INTO otel.lift_rollup_daily (day, event, events) VALUES (today() - 2, 'ghost', 5)")
    assert _counted(here) == 11
    repair(context)
    assert _counted(here) == 6


def test_days_are_in_the_lake_before_they_go_and_only_once(here: Place, context: JobContext) -> None:
    """A day near its end is archived whole, again when late rows made it grow, and never twice."""
    near, far = TODAY - timedelta(days=85), TODAY - timedelta(days=10)
    here.insert("otel_logs", [{"Timestamp": _at(near, hour), "Body": "b"} for hour in (0, 5, 23)])
    here.insert("otel_logs", [{"Timestamp": _at(far, 3), "Body": "b"}])
    errors = [_event(number, _at(TODAY - timedelta(days=26), 4), event="user_error") for number in range(3)]
    here.insert("lift_events", errors)
    archive(context)
    lake = context.config.service.lake
    assert lake is not None
    (file,) = lake.glob("otel_logs/*/*.parquet")
    assert file.parent.name == f"day={near}"
    assert pq.read_metadata(file).num_rows == 3
    (early,) = lake.glob("lift_events/*/*.parquet")
    assert (pq.read_metadata(early).num_rows, early.name.endswith("-early.parquet")) == (3, True)
    before = file.stat().st_mtime_ns
    archive(context)
    assert file.stat().st_mtime_ns == before
    here.insert("otel_logs", [{"Timestamp": _at(near, 9), "Body": "late"}])
    archive(context)
    (file,) = lake.glob("otel_logs/*/*.parquet")
    assert pq.read_table(file)["Body"].to_pylist().count("late") == 1
    assert pq.read_metadata(file).num_rows == 4


def test_a_store_keeps_what_a_lake_awaits(here: Place, context: JobContext, tmp_path: Path) -> None:
    """While the lake cannot be written rows past their time stay, and the job fails; then they are archived and go."""
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    service = context.config.service.model_copy(update={"lake": blocked})
    broken = replace(context, config=replace(context.config, service=service))
    here.store.command("SYSTEM STOP TTL MERGES otel.otel_logs")
    here.insert("otel_logs", [{"Timestamp": _at(TODAY - timedelta(days=89), 1), "Body": "b"}])
    with pytest.raises(OSError, match="blocked"):
        archive(broken)
    assert behind(broken, broken.stores[0]) == {"otel_logs": 1}
    purge(broken)
    assert len(here.all("otel_logs")) == 1
    archive(context)
    assert behind(context, context.stores[0]) == {}


def test_rows_past_their_time_go(here: Place, context: JobContext) -> None:
    """What is older than its retention by a day is removed, though no merge came by; younger rows stay."""
    rows = [{"TimeUnix": NOW - days * DAY, "Value": float(days)} for days in (70, 10)]
    here.insert("otel_metrics_gauge", rows)
    options = replace(context.stores[0].options, raw_days=20)
    apply(here.store, options)
    without_lake = context.config.service.model_copy(update={"lake": None})
    shorter = replace(context.stores[0], options=options)
    try:
        purge(replace(context, stores=(shorter,), config=replace(context.config, service=without_lake)))
        assert here.store.query("SELECT Value FROM otel.otel_metrics_gauge").rows == [(10.0,)]
    finally:
        apply(here.store, context.stores[0].options)


def test_a_backup_comes_back_without_who_was_erased(here: Place, context: JobContext) -> None:
    """A full and an incremental backup restore every row of their tables, but not those of a person erased since."""
    alice = "alice@example.test"
    mine, theirs = RING.subject(alice), RING.subject("bob-7")
    here.insert("lift_events", [_event(number, NOON - DAY, subject=mine) for number in range(3)])
    here.insert("otel_logs", [{"Timestamp": NOW, "Body": "a", "LogAttributes": {"lift.subject": mine}}])
    (opened,) = context.stores
    folder = backups_folder(context.config, opened.exporter)
    full = make_backup(opened, folder, full_every=7)
    here.insert("lift_events", [_event(number, NOON - DAY, subject=theirs) for number in range(10, 15)])
    second = make_backup(opened, folder, full_every=7, now=time.time() + 1)
    assert (full.base, second.base) == ("", full.name)
    assert second.rows["lift_events"] == 8
    names = {path.name for path in (folder / full.name / CONTENT).rglob("*")}
    assert "lift_events" in names
    assert not names & {"lift_consent", "lift_relinks", "lift_tombstones"}
    answer = last(here.file, "subject erase", ids=[alice])
    assert answer["receipt"]["verified"]
    told = _restore(here, name=second.name, database="restored")
    assert {table: told["expected"][table] for table in ("lift_events", "otel_logs")} == {
        "lift_events": 8,
        "otel_logs": 1,
    }
    assert {table: told["rows"][table] for table in told["expected"]} == told["expected"]
    assert (len(told["erased_again"]), told["complete"]) == (1, True)
    left = here.store.query("SELECT DISTINCT subject FROM restored.lift_events").rows
    assert [subject for (subject,) in left] == [theirs]
    assert here.store.query("SELECT count() FROM restored.otel_logs").rows[0][0] == 0
    assert here.store.query("SELECT sum(events) FROM restored.lift_rollup_daily").rows[0][0] == 5
    with pytest.raises(StoreError, match="has rows"):
        _restore(here, name=full.name)
    check_backups(context)
    _empty(here)
    told = _restore(here, name=second.name)
    assert (told["database"], len(told["erased_again"]), told["complete"]) == ("otel", 1, True)
    assert here.one("SELECT count(), any(subject) FROM {db}.lift_events") == (5, theirs)
    assert (_counted(here), _counted(here, "lift_user_days")) == (5, 5)
    damaged = next(path for path in (folder / full.name / CONTENT).rglob("*.bin"))
    damaged.write_bytes(damaged.read_bytes() + b"x")
    with pytest.raises(StoreError, match="damaged"):
        _restore(here, name=second.name, database="another")
    with pytest.raises(StoreError, match=f"{full.name}; make a full one"):
        check_backups(context)
    here.store.command("DROP DATABASE restored SYNC")


def test_old_backups_go_but_not_what_a_kept_one_needs(tmp_path: Path) -> None:
    """A full backup stays as long as an incremental one is kept that needs it, and the latest one always."""
    made = {"a": (0.0, ""), "b": (5.0, "a"), "c": (8.0, ""), "d": (9.0, "c")}
    for name, (day, base) in made.items():
        (tmp_path / name).mkdir()
        manifest = {"name": name, "database": "otel", "made_at": day * DAY, "took": 1.0, "base": base, "size": 1}
        (tmp_path / name / "manifest.json").write_text(json.dumps({**manifest, "rows": {}, "sha256": {}}))
    assert prune(tmp_path, 4, now=8 * DAY) == []
    assert prune(tmp_path, 2, now=8 * DAY) == ["a", "b"]
    assert prune(tmp_path, 1, now=99 * DAY) == []
    assert [one.name for one in known_backups(tmp_path)] == ["c", "d"]


def test_reports_are_made_of_the_day_and_month_before(here: Place, context: JobContext) -> None:
    """Each says what was, as JSON and as a page that needs nothing else, and hides groups of few people."""
    day = TODAY - timedelta(days=1)
    here.insert("lift_events", [_event(number, _at(day, 3)) for number in range(40)])
    here.insert(
        "lift_events", [_event(number, _at(day, 3), subject="s1", feature="rare<b>") for number in range(90, 93)]
    )
    at = datetime(TODAY.year, TODAY.month, TODAY.day, 2, tzinfo=UTC).timestamp()
    daily_report(replace(context, due=at))
    monthly_report(replace(context, due=at))
    daily_report(replace(context, due=at))
    ((kind, period, written),) = here.store.query(
        "SELECT kind, period, report FROM otel.lift_reports FINAL WHERE kind = 'daily'"
    ).rows
    report = json.loads(written)
    assert (kind, period) == ("daily", day)
    assert (report["glance"]["events"], report["glance"]["dau"]) == (43, 20)
    (features,) = (section for section in report["sections"] if section["query"] == "feature-adoption")
    assert "rare<b>" not in written
    assert features["hidden"] > 0
    (page,) = (context.data / "reports" / "clickhouse").glob(f"daily-{day}.html")
    text = page.read_text()
    assert "<h1>Daily report" in text
    assert "http" not in text
    assert "<script" not in text
    assert page.stat().st_mode & 0o777 == 0o600
    assert len(list((context.data / "reports" / "clickhouse").iterdir())) == 4


def test_what_is_in_quarantine_for_too_long_goes(context: JobContext) -> None:
    """Requests that nobody looked at go with their personal data; younger ones and the key stay."""
    folder = context.data / "quarantine"
    folder.mkdir(parents=True)
    for name, age in (("old.otlp", 31), ("new.otlp", 29), ("key", 400)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (NOW - age * DAY, NOW - age * DAY))
    tidy(context)
    assert {path.name for path in folder.iterdir()} == {"new.otlp", "key"}


def _restore(here: Place, **arguments: str) -> dict[str, Any]:
    return dict(list(perform(here.file, "backup restore", arguments))[-1])


def _at(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp())

"""Calendars: what is due after downtime, failures and clocks that are set, by what a real store has as done."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rights_support import Place, place

from otel_lift.jobs import Job, JobContext, OpenStore
from otel_lift.jobs.calendar import DAILY, DAILY_EACH, MONTHLY_EACH, WEEKLY, Calendar
from otel_lift.jobs.due import DueJobs
from otel_lift.jobs.log import JobLog
from otel_lift.jobs.runs import Runs
from otel_lift.pipeline import NullMeter

HOUR, DAY = 3600.0, 86_400.0


def at(text: str) -> float:
    """Answer Unix seconds of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


SINCE = at("2026-10-01T12:00")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Open a store whose log of jobs began long ago."""
    folder = tmp_path_factory.mktemp("calendars")
    with place(folder, f"chdb://{folder}/store") as made:
        since = f"fromUnixTimestamp({SINCE:.0f})"
        made.store.command(f"INSERT INTO otel.lift_migrations (name, applied_at) SELECT '0007_operations', {since}")
        yield made


@pytest.fixture
def context(shared: Place) -> Iterator[JobContext]:
    """Answer what to work with; the log is empty."""
    shared.store.command("TRUNCATE TABLE otel.lift_jobs")
    with shared.context() as made:
        yield made


@dataclass
class World:
    """A gateway's calendar with a clock that a test sets, and what ran."""

    context: JobContext
    now: float
    ran: list[tuple[str, float]] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    leads: bool = True

    def gateway(self, **calendars: Calendar) -> DueJobs:
        """Start the calendar of a gateway with these jobs."""

        def job(name: str, calendar: Calendar) -> Job:
            def run(context: JobContext) -> None:
                self.ran.append((name, context.due))
                if name in self.fails:
                    raise ValueError(name)

            return Job(name, calendar, run)

        jobs = {name: job(name, calendar) for name, calendar in calendars.items()}
        return DueJobs(Runs(jobs, NullMeter(), JobLog()), self._leads, lambda: self.now)

    def _leads(self, _opened: OpenStore) -> bool:
        return self.leads

    def run_all(self, due: DueJobs) -> list[tuple[str, float]]:
        """Run what is due, and answer what ran, in order."""
        self.ran.clear()
        while due.run_one(self.context):
            pass
        return list(self.ran)


def test_moments_are_in_utc() -> None:
    """Days, weeks and months begin in UTC, at the hours that the calendar says."""
    friday = at("2026-11-20T18:30")
    assert [one.next(friday) for one in (DAILY, WEEKLY, MONTHLY_EACH)] == [
        at("2026-11-21T02:00"),
        at("2026-11-23T03:00"),
        at("2026-12-01T04:00"),
    ]
    assert DAILY.next(at("2026-11-21T02:00")) == at("2026-11-22T02:00")


@given(st.sets(st.integers(0, 29)), st.floats(0, 30 * DAY))
def test_what_is_done_is_never_due_and_the_rest_is_in_order(done: set[int], passed: float) -> None:
    """Whatever was done, each missed day is due once, oldest first; of a job on the present the last day only."""
    moments = [at("2026-10-02T02:00") + number * DAY for number in range(30)]
    kept = {moments[number] for number in done}
    now = SINCE + passed
    missed = [moment for moment in moments if moment <= now and moment not in kept]
    assert DAILY_EACH.due(kept, SINCE, now) == missed
    past, later = [moment for moment in moments if moment <= now], [moment for moment in moments if moment > now]
    superseded = bool(later) and later[0] in kept
    assert DAILY.due(kept, SINCE, now) == ([past[-1]] if past and past[-1] not in kept and not superseded else [])


def test_what_was_missed_is_made_up_once_in_order(context: JobContext) -> None:
    """After three days of downtime each day's report is made, the backup once, in the order of their moments."""
    world = World(context, at("2026-10-02T01:59"))
    due = world.gateway(backup=DAILY, report=DAILY_EACH)
    world.run_all(due)
    world.now = at("2026-10-20T02:00")
    first = world.run_all(due)
    assert first[-1] == ("report", at("2026-10-20T02:00"))
    assert [name for name, _ in first].count("backup") == 1
    world.now = at("2026-10-23T09:00")
    again = world.gateway(backup=DAILY, report=DAILY_EACH)
    days = [at(f"2026-10-{day}T02:00") for day in (21, 22, 23)]
    assert world.run_all(again) == [
        ("report", days[0]),
        ("report", days[1]),
        ("backup", days[2]),
        ("report", days[2]),
    ]
    assert world.run_all(again) == world.run_all(world.gateway(backup=DAILY, report=DAILY_EACH)) == []


def test_a_clock_that_is_set_back_repeats_nothing_and_one_set_forward_blocks_nothing(context: JobContext) -> None:
    """Moments that were done are not done again when they come again, nor left out since later ones were done."""
    world = World(context, at("2026-10-10T02:30"))
    due = world.gateway(backup=DAILY)
    assert world.run_all(due) == [("backup", at("2026-10-10T02:00"))]
    world.now = at("2026-10-10T01:30")
    assert world.run_all(due) == []
    world.now = at("2026-10-10T02:05")
    assert world.run_all(world.gateway(backup=DAILY)) == []
    world.now = at("2026-12-01T00:00")
    world.run_all(due)
    world.now = at("2026-10-11T03:00")
    assert world.run_all(due) == [("backup", at("2026-10-11T02:00"))]


def test_a_failure_is_tried_again_later_and_holds_up_no_other_job(context: JobContext) -> None:
    """A job that fails pauses, others run; it stays due, is logged as failed, and leaves an event for alerts."""
    world = World(context, at("2026-10-10T02:30"), fails={"backup"})
    due = world.gateway(backup=DAILY, purge=DAILY)
    moment = at("2026-10-10T02:00")
    assert world.run_all(due) == [("backup", moment), ("purge", moment)]
    (store,) = (one.store for one in context.stores)
    rows = store.query("SELECT job, outcome, error, runs, failures FROM otel.lift_jobs ORDER BY job").rows
    assert [tuple(row) for row in rows][1] == ("purge", "done", "", 1, 0)
    assert rows[0][1] == "failed"
    assert rows[0][2].startswith("ValueError in test_calendars.py")
    events = store.query("SELECT job, outcome, service FROM otel.lift_events WHERE event = 'background_job'").rows
    assert ("backup", "failed", "otel-lift") in [tuple(row) for row in events]
    world.fails.clear()
    assert world.run_all(world.gateway(backup=DAILY, purge=DAILY)) == [("backup", moment)]


def test_who_does_not_lead_does_nothing_and_learns_what_others_did(context: JobContext) -> None:
    """A gateway that comes to lead does not repeat what the one before it did."""
    world = World(context, at("2026-10-12T05:00"))
    leader, follower = world.gateway(backup=DAILY), world.gateway(backup=DAILY)
    world.leads = False
    assert world.run_all(follower) == []
    world.leads = True
    assert len(world.run_all(leader)) == 1
    assert world.run_all(follower) == []


def test_nothing_was_missed_before_the_store_was_made(context: JobContext, shared: Place) -> None:
    """A gateway that is installed at noon makes no backup of the night before."""
    shared.store.command("TRUNCATE TABLE otel.lift_migrations")
    made = f"fromUnixTimestamp({at('2026-10-15T12:00'):.0f})"
    shared.store.command(f"INSERT INTO otel.lift_migrations (name, applied_at) SELECT '0007_operations', {made}")
    world = World(context, at("2026-10-15T12:01"))
    due = world.gateway(backup=DAILY)
    assert world.run_all(due) == []
    world.now = at("2026-10-16T02:00")
    assert world.run_all(due) == [("backup", world.now)]

"""Which jobs and operations maintenance has. Those of a day run one after another, in the order of this list."""

from collections.abc import Callable, Sequence
from importlib import import_module

from otel_lift.config import Configuration
from otel_lift.jobs import Job, JobContext, Operation
from otel_lift.jobs.calendar import DAILY, DAILY_EACH, MONTHLY_EACH, WEEKLY, Calendar
from otel_lift.pipeline import Services

__all__ = ["jobs", "operations"]

_GUARD, _TIDY = 300.0, 3600.0  # seconds between runs


def jobs(config: Configuration, _services: Services) -> Sequence[Job]:
    """Answer the jobs that the configuration asks for."""
    chosen, lake = config.service.maintenance, config.service.lake is not None
    found: list[tuple[bool, str, float | Calendar, str, bool]] = [
        (chosen.metrics_interval > 0, "own metrics", chosen.metrics_interval, "own_metrics:tell", False),
        (True, "refresh", chosen.refresh_interval, "refresh:refresh", True),
        (lake, "archive guard", _GUARD, "archive:guard", True),
        (True, "tidy", _TIDY, "purge:tidy", False),
        (True, "repair", DAILY, "refresh:repair", True),
        (lake, "archive", DAILY, "archive:archive", True),
        (True, "purge", DAILY, "purge:purge", True),
        (chosen.backup is not None, "backup", DAILY, "backups:back_up", True),
        (chosen.backup is not None, "backup check", WEEKLY, "backups:check_backups", True),
        (chosen.reports is not None, "daily report", DAILY_EACH, "reports:daily_report", True),
        (chosen.reports is not None, "monthly report", MONTHLY_EACH, "reports:monthly_report", True),
    ]
    return [Job(name, every, _work(place), led) for wanted, name, every, place, led in found if wanted]


def operations(_config: Configuration, _services: Services) -> Sequence[Operation]:
    """Answer ``backup create``, ``backup list``, ``backup restore`` and ``report``."""
    found: Sequence[Operation] = import_module("otel_lift.maintenance.operations").OPERATIONS
    return found


def _work(place: str) -> Callable[[JobContext], None]:
    module, _, name = place.partition(":")

    def run(context: JobContext) -> None:
        # imported where it runs: other processes read the declarations too
        getattr(import_module(f"otel_lift.maintenance.{module}"), name)(context)

    return run

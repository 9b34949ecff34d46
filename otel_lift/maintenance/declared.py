"""Which jobs and operations maintenance has."""

from collections.abc import Sequence

from otel_lift.config import Configuration
from otel_lift.jobs import Job
from otel_lift.maintenance.own_metrics import OwnMetrics
from otel_lift.pipeline import Services

__all__ = ["jobs"]


def jobs(config: Configuration, _services: Services) -> Sequence[Job]:
    """Answer the jobs that the configuration asks for."""
    chosen = config.service.maintenance
    return [Job("own metrics", chosen.metrics_interval, OwnMetrics().run)] if chosen.metrics_interval else []

"""Which jobs and operations there are: the core's own, and those of the processors in use.

Each entry of the lists names a function ``(config: Configuration, services: Services)`` that answers jobs or operations
and does no I/O; its module is imported where they are carried out.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from otel_lift.config import Configuration, Configured
from otel_lift.errors import ConfigError
from otel_lift.jobs.job import Job, Operation
from otel_lift.pipeline import Meter, Services

__all__ = ["JOBS", "OPERATIONS", "collect_jobs", "collect_operations", "exporters_in_use", "processors_in_use"]

JOBS: tuple[str, ...] = (
    "otel_lift.jobs.audit_log:jobs",
    "otel_lift.canaries.watch:jobs",
    "otel_lift.rights:jobs",
    "otel_lift.maintenance.declared:jobs",
)
OPERATIONS: tuple[str, ...] = (
    "otel_lift.jobs.audit_log:operations",
    "otel_lift.canaries.watch:operations",
    "otel_lift.rights:operations",
    "otel_lift.maintenance.declared:operations",
)


def collect_jobs(config: Configuration, meter: Meter) -> Mapping[str, Job]:
    """Answer all jobs by name; raises ConfigError where two have one name."""
    found: list[Job] = []
    for place in JOBS:
        found += _function(place)(config, _services(config, "core", meter))
    for one in processors_in_use(config):
        found += one.component.jobs(one.config, _services(config, one.id, meter))
    return _by_name(found, "jobs")


def collect_operations(config: Configuration, meter: Meter) -> Mapping[str, Operation]:
    """Answer all operations by name; raises ConfigError where two have one name."""
    found: list[Operation] = []
    for place in OPERATIONS:
        found += _function(place)(config, _services(config, "core", meter))
    for one in processors_in_use(config):
        found += one.component.operations(one.config, _services(config, one.id, meter))
    return _by_name(found, "operations")


def processors_in_use(config: Configuration) -> Iterator[Configured]:
    """Yield the processors that a pipeline has, each once, in the file's order."""
    used = {id_ for pipeline in config.pipelines.values() for id_ in pipeline.processors}
    return (one for id_, one in config.processors.items() if id_ in used)


def exporters_in_use(config: Configuration) -> Iterator[Configured]:
    """Yield the exporters that a pipeline has, each once, in the file's order."""
    used = {id_ for pipeline in config.pipelines.values() for id_ in pipeline.exporters}
    return (one for id_, one in config.exporters.items() if id_ in used)


def _services(config: Configuration, name: str, meter: Meter) -> Services:
    return Services(name=name, data=config.service.data, meter=meter)


def _function(place: str) -> Any:
    module, _, function = place.partition(":")
    return getattr(import_module(module), function)


def _by_name(found: Sequence[Any], what: str) -> dict[str, Any]:
    by_name = {one.name: one for one in found}
    if len(by_name) < len(found):
        names = [one.name for one in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ConfigError(
            f"two {what} are named {', '.join(map(repr, twice))}; use one processor of that type in the pipelines"
        )
    return by_name

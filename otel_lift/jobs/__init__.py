"""Work beside the way of records: jobs of the store process, and operations that people ask for by commands.

What carries them out is imported when it is first asked for: a component declares its jobs in processes that never open
a store.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from otel_lift.jobs.job import Audited, Exports, Job, JobContext, OpenStore, Operation

if TYPE_CHECKING:
    from otel_lift.jobs.audit_log import audit
    from otel_lift.jobs.calling import perform
    from otel_lift.jobs.gateway import gateway_id

__all__ = ["Audited", "Exports", "Job", "JobContext", "OpenStore", "Operation", "audit", "gateway_id", "perform"]

_PLACES = {
    "audit": "otel_lift.jobs.audit_log",
    "gateway_id": "otel_lift.jobs.gateway",
    "perform": "otel_lift.jobs.calling",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

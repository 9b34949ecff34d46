"""The operation ``jobs run``: does a job now, whatever its period or calendar says."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from otel_lift.errors import ConfigError, StoreUnavailableError
from otel_lift.jobs.job import Audited, JobContext, OpenStore, Operation
from otel_lift.jobs.leases import Leases
from otel_lift.jobs.runs import Runs

__all__ = ["run_operation"]


def run_operation(runs: Runs, leases: Leases) -> Operation:
    """Answer the operation; its argument `name` is the job's.

    It yields ``{"job": ..., "store": ..., "took": seconds, "error": ""}`` for each run, and in the end
    ``{"job": ..., "runs": n, "failed": n}``. A job that one gateway does for all is refused where another leads.
    """

    def run(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        name = arguments.get("name")
        if not isinstance(name, str):
            raise ConfigError("`name` should be the name of a job")
        job = runs.job(name)
        places = [context]
        if job.for_leader:
            leases.refresh()
            places = [replace(context, stores=(one,)) for one in context.stores]
            for opened in context.stores:
                if not leases.held(opened):
                    raise _led_by(leases.leader(opened), opened, name)
        failed = 0
        for place in places:
            done = runs.run(job, place, time.time())
            failed += bool(done.error)
            store = place.stores[0].exporter if job.for_leader else ""
            yield {"job": name, "store": store, "took": done.took, "error": done.error}
        yield {"job": name, "runs": len(places), "failed": failed}

    return Operation("jobs run", run, _audited)


def _led_by(gateway: str, opened: OpenStore, name: str) -> StoreUnavailableError:
    who = f"gateway {gateway} leads" if gateway else "this gateway cannot lead"
    return StoreUnavailableError(
        f"{who} in the store of {opened.exporter}, so '{name}' is not run here; ask that gateway, or try again a "
        "minute after it has ended"
    )


def _audited(last: Mapping[str, Any]) -> Audited:
    return Audited(details={name: str(last[name]) for name in ("job", "runs", "failed") if name in last})

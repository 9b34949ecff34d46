"""How the gateway fares, and how it is set up."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from otel_lift.api.answers import Answer, answered
from otel_lift.api.callers import Caller
from otel_lift.api.operating import last_of
from otel_lift.api.questions import check_role
from otel_lift.api.service import Asking, Parts
from otel_lift.jobs.status import JobStatus
from otel_lift.queries import Role
from otel_lift.spool import SpoolStats, spool_stats

__all__ = ["routes"]


class _Figure(BaseModel):
    name: str
    labels: dict[str, str]
    value: float


class _Pipeline(BaseModel):
    gateway: str
    spool: SpoolStats
    jobs: list[JobStatus]
    counters: list[_Figure]


def routes(parts: Parts) -> APIRouter:
    """Answer the routes ``/admin``; they are about the gateway itself, so not for one of several tenants."""
    router = APIRouter(prefix="/admin", tags=["admin"])
    backend = parts.backend

    def checked(caller: Caller, role: Role, what: str) -> None:
        check_role(caller, role)
        backend.check_operator(caller.tenant)
        parts.trail.read(caller, backend.context_of(caller.tenant), what, {}, {})

    @router.get("/jobs", response_model=Answer[list[JobStatus]], openapi_extra={"x-role": "analyst"})
    async def jobs(caller: Asking) -> Any:
        """Say how each job of this gateway fares."""
        checked(caller, Role.ANALYST, "api.jobs")
        return JSONResponse(answered([asdict(status) for status in backend.statuses()]))

    @router.post("/jobs/{name}/run", response_model=Answer[dict[str, Any]], openapi_extra={"x-role": "admin"})
    async def run(caller: Asking, name: str) -> Any:
        """Do a job now, whatever its period or calendar says."""
        check_role(caller, Role.ADMIN)
        backend.check_operator(caller.tenant)
        return JSONResponse(answered(await last_of(parts, caller, "jobs run", {"name": name})))

    @router.get("/pipeline", response_model=Answer[_Pipeline], openapi_extra={"x-role": "analyst"})
    async def pipeline(caller: Asking) -> Any:
        """Say how deep the spool is, how the jobs fare, and what the gateway's own counters have."""
        checked(caller, Role.ANALYST, "api.pipeline")
        context = backend.context()
        spool = await parts.work.run(spool_stats, context.data / "spool")
        figures = await parts.work.run(backend.figures)
        data = {
            "gateway": context.gateway,
            "spool": asdict(spool),
            "jobs": [asdict(status) for status in backend.statuses()],
            "counters": [
                {"name": name, "labels": dict(labels), "value": value}
                for name, values in sorted(figures.items())
                for labels, value in values
            ],
        }
        return JSONResponse(answered(data, len(data["counters"])))

    @router.get("/config", response_model=Answer[dict[str, Any]], openapi_extra={"x-role": "admin"})
    async def configuration(caller: Asking) -> Any:
        """Show the configuration that runs, without its secrets."""
        checked(caller, Role.ADMIN, "api.config")
        return JSONResponse(answered(backend.configuration.masked()))

    return router

"""Errors that are reported, and errors that are resolved; what is read of them are named queries."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import pyarrow as pa
from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from otel_lift.api.answers import Answer, answered
from otel_lift.api.errors import ApiError
from otel_lift.api.questions import check_role
from otel_lift.api.service import Asking, Parts
from otel_lift.api.tracking import receive
from otel_lift.jobs import Audited, JobContext
from otel_lift.queries import Role
from otel_lift.semconv import EVENTS, Group

__all__ = ["routes"]

_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TEXT = 500
_ID = "The error's fingerprint (64 hexadecimal digits), or one event's id (a UUID)."
_SCHEMA = pa.schema(
    [
        ("fingerprint", pa.string()),
        ("event_id", pa.string()),
        ("resolved", pa.bool_()),
        ("resolution", pa.string()),
        ("resolved_by", pa.string()),
        ("resolved_at", pa.timestamp("ns")),
    ]
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Event(_Strict):
    """An error event of the catalogue; `data` has its fields."""

    event: str = Field(max_length=64)
    data: dict[str, Any] = Field(default_factory=dict)
    service: str = Field(default="", max_length=256)
    consent: list[str] = Field(default_factory=lambda: ["essential"], max_length=16)


class _Tracked(BaseModel):
    event_id: str


class _Resolution(_Strict):
    """How an error was resolved, or with `resolved` false that it was not."""

    resolution: str = Field(min_length=1, max_length=_TEXT)
    resolved: bool = True


class _Resolved(BaseModel):
    fingerprint: str
    event_id: str
    resolved: bool
    resolution: str
    resolved_by: str
    resolved_at: str


def routes(parts: Parts) -> APIRouter:
    """Answer the routes that change something about errors."""
    router = APIRouter(prefix="/errors", tags=["errors"])
    config = parts.backend.configuration

    @router.post("/track", response_model=Answer[_Tracked], status_code=202, openapi_extra={"x-role": "on-call"})
    async def track(caller: Asking, event: _Event) -> Any:
        """Report an error: it passes the gateway's receiver and all processors, as any event does."""
        check_role(caller, Role.ON_CALL)
        known = EVENTS.get(event.event.removeprefix("lift."))
        if known is None or known.spec.group is not Group.FAILURES:
            raise ApiError(400, "bad_event", "`event` should be a failure of the catalogue, such as api_error")
        context = parts.backend.context_of(caller.tenant)
        event_id = _uuid(str(event.data.get("event_id") or uuid4()))
        sent = {**event.model_dump(), "data": {**event.data, "event_id": event_id}}
        details = Audited(details={"event": known.spec.name, "event_id": event_id})
        await parts.trail.change(caller, context, "api.track", details)
        await parts.long_work.run(receive, config, caller.tenant, sent)
        return JSONResponse(answered({"event_id": event_id}), 202)

    @router.post("/{id}/resolve", response_model=Answer[_Resolved], openapi_extra={"x-role": "on-call"})
    async def resolve(
        caller: Asking, id_: Annotated[str, Path(alias="id", description=_ID)], resolution: _Resolution
    ) -> Any:
        """Say that a pattern, or one error, is resolved; the text is redacted as telemetry is."""
        check_role(caller, Role.ON_CALL)
        fingerprint = id_ if _FINGERPRINT.fullmatch(id_) else ""
        event_id = "" if fingerprint else _uuid(id_)
        context = parts.backend.context_of(caller.tenant)
        text = await parts.long_work.run(parts.cleaner.clean, resolution.resolution, caller.tenant)
        now = datetime.now(UTC).replace(tzinfo=None)
        row = {
            "fingerprint": fingerprint,
            "event_id": event_id,
            "resolved": resolution.resolved,
            "resolution": text,
            "resolved_by": caller.user,
            "resolved_at": now,
        }
        details = {"id": fingerprint or event_id, "resolved": str(resolution.resolved).lower()}
        await parts.trail.change(caller, context, "api.resolve", Audited(rows={"lift_resolutions": 1}, details=details))
        await parts.long_work.run(_write, context, row)
        parts.questions.forget(caller.tenant)
        return JSONResponse(answered({**row, "resolved_at": f"{now.isoformat()}Z"}))

    return router


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise ApiError(400, "bad_request", "an error is named by its fingerprint or by its event_id, a UUID") from error


def _write(context: JobContext, row: dict[str, Any]) -> None:
    rows = pa.RecordBatch.from_pylist([row], _SCHEMA)
    token = f"resolve:{uuid4().hex}"
    for opened in context.stores:
        opened.store.insert_rows("lift_resolutions", rows, token)

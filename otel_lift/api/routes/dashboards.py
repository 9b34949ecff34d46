"""Several named queries at once, for a page that shows them together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from otel_lift.api.answers import Answer, Metadata, answered
from otel_lift.api.errors import ApiError
from otel_lift.api.paths import DASHBOARDS
from otel_lift.api.questions import Asked
from otel_lift.api.routes.queries import BREAK_GLASS
from otel_lift.api.service import Parts, caller_of
from otel_lift.queries import NamedQuery

__all__ = ["routes"]

_SHARED = ("from", "to", "service", "environment", "user_type")


class _Section(BaseModel):
    data: list[dict[str, Any]]
    metadata: Metadata


def routes(parts: Parts) -> APIRouter:
    """Answer a route for each dashboard: ``data`` has each query's own data and metadata by its name."""
    router = APIRouter(prefix="/dashboard", tags=["dashboard"])
    known = parts.backend.queries
    for path, names in DASHBOARDS.items():
        queries = {name: known[name] for name in names}
        router.add_api_route(
            f"/{path}",
            _route(parts, queries),
            response_model=Answer[dict[str, _Section]],
            summary=f"The queries {', '.join(queries)}",
            description="Those that the caller's roles do not allow are left out.",
            operation_id=f"dashboard_{path}",
            openapi_extra={"x-role": "viewer", "parameters": _parameters(queries)},
        )
    return router


def _route(parts: Parts, queries: Mapping[str, NamedQuery]) -> Callable[..., Awaitable[Any]]:
    async def route(
        request: Request, reason: Annotated[str | None, Header(alias=BREAK_GLASS, include_in_schema=False)] = None
    ) -> JSONResponse:
        caller, given = caller_of(request), dict(request.query_params)
        unknown = given.keys() - set(_SHARED)
        if unknown:
            raise ApiError(400, "bad_request", f"a dashboard takes {', '.join(_SHARED)} and nothing else")
        allowed = {name: named for name, named in queries.items() if caller.may(named.role)}
        if not allowed:
            raise ApiError(403, "forbidden", "your roles allow nothing of this")
        bodies = await asyncio.gather(
            *(
                parts.questions.answer(
                    Asked(caller, named, {name: given[name] for name in given if name in named.parameters}, reason)
                )
                for named in allowed.values()
            )
        )
        data = {
            name: {"data": body["data"], "metadata": body["metadata"]}
            for name, body in zip(allowed, bodies, strict=True)
        }
        return JSONResponse(answered(data, sum(body["metadata"]["data_points"] for body in bodies)))

    return route


def _parameters(queries: Mapping[str, NamedQuery]) -> list[dict[str, Any]]:
    taken = {name for named in queries.values() for name in named.parameters} & set(_SHARED)
    return [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in _SHARED
        if name in taken
    ]

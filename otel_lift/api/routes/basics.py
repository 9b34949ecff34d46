"""Whether the API is there, and who asks."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from otel_lift.api.answers import Answer, answered
from otel_lift.api.errors import ApiError
from otel_lift.api.service import Asking, Parts
from otel_lift.errors import OtelLiftError

__all__ = ["routes"]


class _Health(BaseModel):
    health: str


class _Me(BaseModel):
    user: str
    roles: list[str]
    tenant: str
    open: bool


def routes(parts: Parts) -> APIRouter:
    """Answer the routes ``/health`` and ``/me``."""
    router = APIRouter(tags=["basics"])

    @router.get("/health", response_model=Answer[_Health])
    async def health() -> Any:
        """Say whether questions can be answered: the only thing that anybody may ask."""
        try:
            parts.backend.context()
        except OtelLiftError as error:
            raise ApiError(503, "starting", "no store is open yet; try again", {"Retry-After": "1"}) from error
        return JSONResponse(answered({"health": "ok"}))

    @router.get("/me", response_model=Answer[_Me])
    async def me(caller: Asking) -> Any:
        """Say who asks; `open` is true where nobody signs in."""
        roles = sorted(role.value for role in caller.roles)
        me = {"user": caller.user, "roles": roles, "tenant": caller.tenant, "open": caller.open}
        return JSONResponse(answered(me))

    return router

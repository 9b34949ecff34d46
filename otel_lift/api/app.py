"""The application: all routes behind the gate, and the console's files."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from otel_lift.api.answers import Failure
from otel_lift.api.auth import Everybody, SignIn, Tokens
from otel_lift.api.errors import answer_errors
from otel_lift.api.gate import Gate
from otel_lift.api.routes import ROUTES
from otel_lift.api.service import Parts
from otel_lift.console import FOLDER, HEADERS

__all__ = ["make_app", "routed"]

_BASE = "/api/v1"
_DESCRIPTION = (
    "The questions that otel-lift answers. Every answer is `{status, data, metadata}`; every refusal is "
    '`{"status": "error", "error": {"code", "message"}}`.'
)

_Asgi = Callable[[MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any]


class _Files(StaticFiles):
    """The console's files, with the headers that keep a browser from running anything else."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def make_app(parts: Parts) -> _Asgi:
    """Answer the ASGI application over the parts; its lifespan starts and ends what runs beside the requests."""
    config = parts.backend.config
    sign_in: SignIn = Tokens(config.auth) if config.auth else Everybody()
    return Gate(routed(parts), sign_in, parts.rates, config.limits.body_bytes, parts.backend.meter)


def routed(parts: Parts) -> FastAPI:
    """Answer all routes, without the gate that everything must pass."""
    app = FastAPI(
        title="otel-lift",
        version=version("otel-lift"),
        description=_DESCRIPTION,
        openapi_url=f"{_BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _lifespan(parts),
        responses={"default": {"model": Failure}, 422: {"model": Failure}},
    )
    answer_errors(app)
    for routes in ROUTES:
        app.include_router(routes(parts), prefix=_BASE)
    if parts.backend.config.console:
        app.mount("/", _Files(directory=FOLDER, html=True))
    return app


@contextlib.asynccontextmanager
async def _lifespan(parts: Parts) -> AsyncIterator[None]:
    writing = asyncio.create_task(parts.trail.run())
    try:
        yield
    finally:
        parts.feeds.close()
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing

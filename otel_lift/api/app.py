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
from otel_lift.api.backend import Backend
from otel_lift.api.errors import answer_errors
from otel_lift.api.gate import Gate
from otel_lift.api.questions import Questions
from otel_lift.api.rates import Rates
from otel_lift.api.realtime import Feeds
from otel_lift.api.routes import ROUTES
from otel_lift.api.service import Parts
from otel_lift.api.trail import Trail
from otel_lift.api.work import Work
from otel_lift.console import FOLDER, HEADERS

__all__ = ["make_app"]

_BASE = "/api/v1"
_LONG = 2  # operations at a time, and as many that wait
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


def make_app(backend: Backend) -> _Asgi:
    """Answer the ASGI application over a backend; its lifespan starts and ends what runs beside the requests."""
    config = backend.config
    work = Work("api", config.limits.concurrency, config.limits.waiting)
    long_work = Work("api-operations", _LONG, _LONG)
    trail = Trail(backend, long_work)
    parts = Parts(
        backend=backend,
        work=work,
        long_work=long_work,
        questions=Questions(backend, work, trail),
        trail=trail,
        rates=Rates(config.limits),
        feeds=Feeds(backend, work),
    )
    app = FastAPI(
        title="otel-lift",
        version=version("otel-lift"),
        description=_DESCRIPTION,
        openapi_url=f"{_BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _lifespan(parts),
        responses={status: {"model": Failure} for status in (400, 401, 403, 404, 413, 422, 429, 500, 503, 504)},
    )
    answer_errors(app)
    for routes in ROUTES:
        app.include_router(routes(parts), prefix=_BASE)
    if config.console:
        app.mount("/", _Files(directory=FOLDER, html=True))
    sign_in: SignIn = Tokens(config.auth) if config.auth else Everybody()
    return Gate(app, sign_in, parts.rates, config.limits.body_bytes)


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
        parts.work.close()
        parts.long_work.close()

"""The app of the demo, "Lift Notes": raw ASGI, instrumented with OpenTelemetry, and not a careful one.

It signs in, serves slow pages, asks an AI that times out, takes payments that fail, and writes personal data into its
error messages and log lines, as apps do. How a request ends follows from what it carries.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

from otel_lift.demo.handlers import ROUTES
from otel_lift.demo.request import Request
from otel_lift.demo.telemetry import Telemetry

__all__ = ["Asgi", "make_app"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

_DENIED_BY_GPC = ("analytics", "personalization", "marketing")


def make_app(telemetry: Telemetry) -> Asgi:
    """Answer the instrumented app; ``/demo/counts`` and ``/demo/flush`` are for the demo itself and leave no span."""
    instrumented: Asgi = OpenTelemetryMiddleware(
        _notes_app(telemetry),
        tracer_provider=telemetry.tracer_provider,
        meter_provider=telemetry.meter_provider,
        default_span_details=lambda scope: (f"{scope['method']} {scope['path']}", {"http.route": scope["path"]}),
        exclude_spans=["receive", "send"],
    )

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/demo/flush":
            await asyncio.to_thread(telemetry.flush)
        if scope["path"].startswith("/demo/"):
            await _answer(send, 200, telemetry.counts())
        else:
            await instrumented(scope, receive, send)

    return app


def _notes_app(telemetry: Telemetry) -> Asgi:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        handler = ROUTES.get((scope["method"], scope["path"]))
        if handler is None:
            await _answer(send, 404, {"error": "no such page"})
            return
        request = await _read(scope, receive)
        span = trace.get_current_span()
        span.set_attributes({**request.attributes, "client.address": request.address})
        status = await handler(telemetry, request, span)
        await _answer(send, status, {"status": status})

    return app


async def _read(scope: Message, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    consent = {f"lift.consent.{name}": True for name in cookies.get("consent", "").split(".") if name}
    if headers.get("sec-gpc") == "1":
        consent |= {f"lift.consent.{name}": False for name in _DENIED_BY_GPC}
    return Request(
        route=scope["path"],
        method=scope["method"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
        body=json.loads(body or b"{}"),
        user_id=cookies.get("user", ""),
        session_id=cookies.get("session", ""),
        address=headers.get("x-forwarded-for", ""),
        authorization=headers.get("authorization", ""),
        user_agent=headers.get("user-agent", ""),
        consent=consent,
    )


async def _answer(send: Send, status: int, body: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})

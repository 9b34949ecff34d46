"""What happens now: server-sent events, and a WebSocket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from otel_lift.api.answers import answered
from otel_lift.api.callers import Caller
from otel_lift.api.errors import ApiError
from otel_lift.api.questions import check_role
from otel_lift.api.service import Asking, Parts, caller_of
from otel_lift.queries import Role

__all__ = ["routes"]

_HEARTBEAT = 15.0  # seconds, less than proxies keep a quiet connection
_PROTOCOL = "lift"
_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}


def routes(parts: Parts) -> APIRouter:
    """Answer the routes of live figures."""
    router = APIRouter(prefix="/realtime", tags=["realtime"])

    @router.get(
        "/stream",
        response_class=StreamingResponse,
        responses={200: {"content": _EVENTS}},
        openapi_extra={"x-role": "viewer"},
    )
    async def stream(
        caller: Asking, last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=128)] = ""
    ) -> StreamingResponse:
        """Send `metrics`, the row of the query `realtime`, every two seconds, and who is on call each new `error`."""
        check_role(caller, Role.VIEWER)
        context = parts.backend.context_of(caller.tenant)
        # Entered here, so that one too many is refused with a status.
        held = parts.rates.stream(caller)
        held.__enter__()
        parts.trail.read(caller, context, "api.stream", {}, {})
        events = _events(parts, caller, last_event_id, held)
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    @router.websocket("/metrics")
    async def metrics(socket: WebSocket) -> None:
        """Send `{"type": "metrics", ...answer}` every two seconds."""
        caller = caller_of(socket)
        try:
            check_role(caller, Role.VIEWER)
            context = parts.backend.context_of(caller.tenant)
            with parts.rates.stream(caller):
                parts.trail.read(caller, context, "api.stream", {}, {})
                offered = socket.scope.get("subprotocols") or []
                await socket.accept(_PROTOCOL if _PROTOCOL in offered else None)
                await _speak(parts, caller, socket)
        except ApiError as error:
            await socket.close(1008, error.code)

    return router


async def _events(parts: Parts, caller: Caller, last: str, held: Any) -> AsyncIterator[str]:
    try:
        with parts.feeds.listening(caller, last) as listener:
            yield "retry: 2000\n\n"
            while not _expired(caller):
                updates = await listener.next(_HEARTBEAT)
                for update in updates:
                    yield _event(update.kind, update.row, update.id)
                if not updates:
                    yield ": still here\n\n"
    finally:
        held.__exit__(None, None, None)


async def _speak(parts: Parts, caller: Caller, socket: WebSocket) -> None:
    gone = asyncio.create_task(_until_gone(socket))
    try:
        with parts.feeds.listening(caller) as listener:
            while not gone.done() and not _expired(caller):
                waiting = asyncio.create_task(listener.next(_HEARTBEAT))
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    return
                for update in waiting.result():
                    if update.kind == "metrics":
                        await socket.send_json({"type": "metrics", **answered(dict(update.row), 1)})
        if not gone.done():
            await socket.close(1008, "unauthorized")
    except WebSocketDisconnect:
        return
    finally:
        gone.cancel()


async def _until_gone(socket: WebSocket) -> None:
    """Take what the client says, which is nothing that is asked for, until it leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _expired(caller: Caller) -> bool:
    return caller.expires is not None and time.time() > caller.expires


def _event(kind: str, row: Mapping[str, Any], id_: str) -> str:
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {kind}\ndata: {json.dumps(row, separators=(',', ':'))}\n\n"

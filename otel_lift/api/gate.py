"""What every request passes first: where it comes from, who sends it, how much that is, and how large it is."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from otel_lift.api.auth import SignIn, bearer
from otel_lift.api.callers import Caller
from otel_lift.api.errors import ApiError, error_body
from otel_lift.api.rates import Rates
from otel_lift.pipeline import Meter

__all__ = ["HEALTH", "PREFIX", "Gate"]

logger = logging.getLogger(__name__)

PREFIX = "/api/"
HEALTH = "/api/v1/health"
"""The only path under `PREFIX` that needs no token."""

_LOCAL_HOST = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN_PROTOCOL = "lift.bearer."  # noqa: S105 - the name of a subprotocol
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class Gate:
    """Lets requests through to an ASGI application, with the `Caller` as ``scope["state"]["caller"]``.

    All under `PREFIX` but `HEALTH` needs a caller; what else there is are the console's files, which hold no data.
    """

    def __init__(self, app: _App, sign_in: SignIn, rates: Rates, body_limit: int, meter: Meter) -> None:
        """`body_limit` is in bytes; `meter` counts what is refused."""
        self._app = app
        self._sign_in = sign_in
        self._rates = rates
        self._body_limit = body_limit
        self._meter = meter

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        guarded = scope["path"].startswith(PREFIX)
        try:
            self._check_source(scope, headers)
            if guarded and scope["path"] != HEALTH:
                caller = await self._caller(scope, headers)
                self._rates.check(caller)
                scope.setdefault("state", {})["caller"] = caller
            body = _Body(headers, receive, self._body_limit)
        except ApiError as error:
            self._meter.count("api_refused", reason=error.code)
            await _refuse(error, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, body.receive, _sending(send, body, guarded))
        except ApiError as error:
            await _refuse(error, scope, receive, send)
        except Exception as error:  # noqa: BLE001 - answered already; the server would log words that can hold anything
            logger.debug("a request ended with %s", type(error).__name__)

    def _check_source(self, scope: _Scope, headers: Mapping[str, str]) -> None:
        host = headers.get("host", "")
        # A web page that rebinds its name to this machine could else read answers through its visitor's browser.
        if self._sign_in.open and not _LOCAL_HOST.fullmatch(host):
            raise ApiError(403, "host", "without sign-in the API answers to localhost or 127.0.0.1 only")
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        origin = headers.get("origin")
        if changes and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            raise ApiError(403, "origin", "a page of another site may not do this")

    async def _caller(self, scope: _Scope, headers: Mapping[str, str]) -> Caller:
        token = bearer(headers.get("authorization"))
        if token is None and scope["type"] == "websocket":
            # A browser can send no other header with a WebSocket.
            offered = [one.removeprefix(_TOKEN_PROTOCOL) for one in scope.get("subprotocols", ()) if _is_token(one)]
            token = offered[0] if offered else None
        return await self._sign_in.caller(token)


class _Body:
    """What a client sends, as far as it may; raises ApiError 413 for more."""

    def __init__(self, headers: Mapping[str, str], receive: _Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        declared = headers.get("content-length", "0")
        self._judge(int(declared) if declared.isascii() and declared.isdigit() else 0)

    async def receive(self) -> _Message:
        message = await self._receive()
        self._seen += len(message.get("body") or b"")
        self._judge(self._seen)
        return message

    @property
    def refused(self) -> ApiError | None:
        """The refusal, which an application may have taken for a fault of its own."""
        try:
            self._judge(self._seen)
        except ApiError as error:
            return error
        return None

    def _judge(self, size: int) -> None:
        if size > self._limit:
            raise ApiError(413, "too_large", f"a request's body may have at most {self._limit} bytes")


def _is_token(protocol: str) -> bool:
    return protocol.startswith(_TOKEN_PROTOCOL)


def _sending(send: _Send, body: _Body, guarded: bool) -> _Send:
    """Answer a `send` that adds headers, and that has a body that was too large answered so, whatever else is."""

    async def sending(message: _Message) -> None:
        starts = message["type"] == "http.response.start"
        refused = body.refused
        if refused is not None:
            if starts:
                await _answer(refused, last=True)({"type": "http"}, body.receive, send)
            return
        if starts and guarded:
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return sending


def _answer(error: ApiError, *, last: bool) -> JSONResponse:
    """Answer a refusal; the `last` one of a connection tells the client to send nothing more there."""
    headers = {name.decode(): value.decode() for name, value in _HEADERS}
    closing = {"Connection": "close"} if last else {}
    return JSONResponse(
        error_body(error.code, str(error)), error.status, headers={**error.headers, **headers, **closing}
    )


async def _refuse(error: ApiError, scope: _Scope, receive: _Receive, send: _Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        return
    # A body that nobody reads ends its connection.
    await _answer(error, last=scope["method"] not in _READING)(scope, receive, send)

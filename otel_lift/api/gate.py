"""What every request passes first: where it comes from, who sends it, how much that is, and how large it is."""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from otel_lift.api.auth import SignIn, bearer
from otel_lift.api.callers import Caller
from otel_lift.api.errors import ApiError, error_body
from otel_lift.api.rates import Rates

__all__ = ["HEALTH", "PREFIX", "Gate"]

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

    def __init__(self, app: _App, sign_in: SignIn, rates: Rates, body_limit: int) -> None:
        """`body_limit` is in bytes."""
        self._app = app
        self._sign_in = sign_in
        self._rates = rates
        self._body_limit = body_limit

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
            limited = self._limited(headers, receive)
        except ApiError as error:
            await _refuse(error, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, limited, _with_headers(send) if guarded else send)
        except ApiError as error:
            await _refuse(error, scope, receive, send)

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

    def _limited(self, headers: Mapping[str, str], receive: _Receive) -> _Receive:
        limit = self._body_limit
        declared = headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        seen = 0

        async def limited() -> _Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body") or b"")
            if seen > limit:
                raise _too_large(limit)
            return message

        return limited


def _is_token(protocol: str) -> bool:
    return protocol.startswith(_TOKEN_PROTOCOL)


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "too_large", f"a request's body may have at most {limit} bytes")


def _with_headers(send: _Send) -> _Send:
    async def sending(message: _Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return sending


async def _refuse(error: ApiError, scope: _Scope, receive: _Receive, send: _Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        return
    answer = JSONResponse(error_body(error.code, str(error)), error.status, headers=error.headers)
    await answer(scope, receive, _with_headers(send))

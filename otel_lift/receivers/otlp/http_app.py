"""OTLP over HTTP: a raw ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from otel_lift.batch import RequestContext, Signal
from otel_lift.errors import ShuttingDownError
from otel_lift.kernel import Outcome, json_to_protobuf
from otel_lift.pipeline import Meter
from otel_lift.pipeline.sink import Request, Sink
from otel_lift.receivers.otlp.answers import Answers
from otel_lift.receivers.otlp.body import Body, InFlight, Receive
from otel_lift.receivers.otlp.config import HttpConfig
from otel_lift.receivers.otlp.cors import Cors
from otel_lift.receivers.otlp.decompress import CODINGS
from otel_lift.receivers.otlp.events import events_to_protobuf
from otel_lift.receivers.otlp.statuses import (
    Code,
    Failure,
    failure_of,
    partial_success,
    partial_success_json,
)

__all__ = ["HttpApp"]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_TEXT = "text/plain"  # what `sendBeacon` can send to another origin without a preflight
_OTLP_TYPES = frozenset({_PROTOBUF, _JSON})
_EVENT_TYPES = frozenset({_JSON, _TEXT})
_ENCODINGS = ", ".join(CODINGS)
_INLINE_JSON = 16 << 10
"""JSON bodies up to this size are converted on the event loop: a thread costs more than they do."""


@dataclass(frozen=True, slots=True)
class _Route:
    signal: Signal
    types: frozenset[str]
    limit: int
    convert: Callable[[bytes], bytes]
    """What makes OTLP protobuf of a body that is not."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: HTTPStatus
    headers: list[tuple[str, str]]
    body: bytes = b""


class HttpApp:
    """Answers export requests: ``POST`` of OTLP protobuf or JSON by signal, and of plain JSON events."""

    def __init__(self, config: HttpConfig, tenant: str, sink: Sink, meter: Meter) -> None:
        self._config = config
        self._open, self._denied = RequestContext(tenant), RequestContext(tenant, denied_by_header=True)
        self._sink = sink
        self._meter = meter
        self._cors = Cors(config.cors)
        self._in_flight = InFlight(config.max_in_flight_size)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answers = Answers()
        self._abandoned = False
        self._all_routes = _routes(config)
        self._routes = {path: route for path, route in self._all_routes.items() if route.signal in sink.signals}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        headers = _headers(scope)
        with Body(receive, self._in_flight, self._config.body_timeout, int(headers.get("content-length", 0))) as body:
            reply = await self._abandonable(self._reply(scope["method"], scope["path"], headers, body))
            # with `Expect` a client sends no body before it is asked to, which reading would do
            if not body.complete and "expect" not in headers and not self._abandoned:
                await body.discard()
        fields = [*reply.headers, *self._cors.reply_headers(headers)]
        if not body.complete:
            fields.append(("connection", "close"))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await send({"type": "http.response.start", "status": int(reply.status), "headers": encoded})
        await send({"type": "http.response.body", "body": reply.body})

    def abandon(self) -> None:
        """Answer all requests in flight that they should be sent again; a server that cuts them off would lose them."""
        self._abandoned = True
        for task in self._tasks:
            task.cancel()

    async def _abandonable(self, replying: Coroutine[Any, Any, _Reply]) -> _Reply:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await replying
        except asyncio.CancelledError:
            if not self._abandoned:
                raise
            task.uncancel()
            return self._failed(None, failure_of(ShuttingDownError("the gateway stopped; send it again")), _PROTOBUF)
        finally:
            self._tasks.discard(task)

    async def _reply(self, method: str, path: str, headers: Mapping[str, str], body: Body) -> _Reply:
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        reply_type = _JSON if content_type in _EVENT_TYPES else _PROTOBUF
        route = self._routes.get(path)
        if route is None:
            return self._failed(None, self._not_found(path), reply_type)
        if method == "OPTIONS" and self._cors.enabled:
            return _Reply(HTTPStatus.NO_CONTENT, self._cors.preflight_headers(headers))
        if method != "POST":
            failure = Failure(Code.UNIMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED, "telemetry is sent by POST")
            return self._failed(route, failure, reply_type, ("allow", "POST"))
        if content_type not in route.types:
            message = f"the Content-Type must be one of {', '.join(sorted(route.types))}"
            failure = Failure(Code.INVALID_ARGUMENT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
            return self._failed(route, failure, reply_type, ("accept", ", ".join(sorted(route.types))))
        if content_type == _TEXT and not self._is_from_friend(headers):
            message = "this origin is not among the receiver's cors.allowed_origins"
            return self._failed(route, Failure(Code.PERMISSION_DENIED, HTTPStatus.FORBIDDEN, message), reply_type)
        coding = headers.get("content-encoding", "identity").strip().lower() or "identity"
        if coding != "identity" and coding not in CODINGS:
            failure = _unknown_coding(coding)
            return self._failed(route, failure, reply_type, ("accept-encoding", _ENCODINGS))
        payload = await self._payload(body, coding, route, plain=content_type == _PROTOBUF)
        if isinstance(payload, Failure):
            return self._failed(route, payload, reply_type)
        outcome = await self._outcome(route.signal, payload, headers)
        if isinstance(outcome, Failure):
            return self._failed(route, outcome, reply_type)
        self._count(route, HTTPStatus.OK)
        body_of = partial_success_json if reply_type == _JSON else partial_success
        return _Reply(HTTPStatus.OK, [("content-type", reply_type)], body_of(route.signal, outcome))

    async def _payload(self, body: Body, coding: str, route: _Route, *, plain: bool) -> bytes | Failure:
        try:
            data = await body.read(coding, route.limit)
            if plain:
                return data
            return route.convert(data) if len(data) <= _INLINE_JSON else await asyncio.to_thread(route.convert, data)
        except TimeoutError:
            return Failure(Code.INVALID_ARGUMENT, HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time")
        except ConnectionResetError:
            # also what the server makes of broken chunks, whose client is still there to be told
            return Failure(Code.INVALID_ARGUMENT, HTTPStatus.BAD_REQUEST, "the body or a chunk broke off")
        except Exception as error:  # noqa: BLE001 - whatever fails on the way to the sink, the client gets a status
            return failure_of(error)

    async def _outcome(self, signal: Signal, payload: bytes, headers: Mapping[str, str]) -> Outcome | Failure:
        request = Request(signal, payload, self._denied if headers.get("sec-gpc") == "1" else self._open)
        try:
            async with asyncio.timeout(self._config.ack_timeout):
                outcome = await self._answers.of(self._sink, request)
        except Exception as error:  # noqa: BLE001 - whatever a sink raises, the client must learn to send again
            return failure_of(error)
        return outcome if outcome.error is None else failure_of(outcome.error)

    def _failed(self, route: _Route | None, failure: Failure, reply_type: str, *headers: tuple[str, str]) -> _Reply:
        self._count(route, failure.http)
        fields = [("content-type", reply_type), *headers]
        seconds = failure.retry_after_seconds()
        if seconds is not None:
            fields.append(("retry-after", str(seconds)))
        return _Reply(failure.http, fields, failure.status_json() if reply_type == _JSON else failure.status())

    def _count(self, route: _Route | None, status: HTTPStatus) -> None:
        signal = "" if route is None else route.signal
        self._meter.count("receiver_requests", transport="http", signal=signal, result=status.name)

    def _not_found(self, path: str) -> Failure:
        if path in self._all_routes:
            message = f"no pipeline takes {self._all_routes[path].signal} from this receiver"
        else:
            message = f"nothing is served at this path; send to {', '.join(self._routes)}"
        return Failure(Code.NOT_FOUND, HTTPStatus.NOT_FOUND, message)

    def _is_from_friend(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a page may send text, for which browsers do not ask first; other types need a preflight."""
        origin = headers.get("origin")
        if origin is None or self._cors.allows(origin):
            return True
        return origin.partition("://")[2] == headers.get("host")


def _routes(config: HttpConfig) -> dict[str, _Route]:
    otlp = (
        (config.traces_url_path, Signal.TRACES),
        (config.logs_url_path, Signal.LOGS),
        (config.metrics_url_path, Signal.METRICS),
    )
    routes = {
        path: _Route(signal, _OTLP_TYPES, config.max_request_body_size, partial(json_to_protobuf, signal))
        for path, signal in otlp
    }
    to_logs = partial(events_to_protobuf, max_events=config.max_events)
    routes[config.events_url_path] = _Route(Signal.LOGS, _EVENT_TYPES, config.max_event_body_size, to_logs)
    return routes


def _unknown_coding(coding: str) -> Failure:
    if "," in coding:
        return Failure(Code.INVALID_ARGUMENT, HTTPStatus.BAD_REQUEST, "a body may have one Content-Encoding only")
    message = f"the Content-Encoding must be one of {_ENCODINGS}, or absent"
    return Failure(Code.INVALID_ARGUMENT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers

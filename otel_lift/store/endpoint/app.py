"""The ASGI application that speaks ClickHouse's HTTP interface."""

import asyncio
import gzip
import hmac
import json
import re
import threading
import uuid
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import zstandard

from otel_lift.store.endpoint.native import hello
from otel_lift.store.endpoint.request import BadRequestError, SqlRequest, credentials, decompress, parse_request
from otel_lift.store.endpoint.session import Answer, QueryFailedError, Session
from otel_lift.store.failures import error_name

__all__ = ["EndpointApp"]

_DISPLAY_NAME = "otel-lift"
_LOCAL_HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])?(:[0-9]+)?", re.IGNORECASE)
_HEADER_SAFE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_STATUS_BY_CODE = {
    194: 401,  # REQUIRED_PASSWORD
    516: 401,  # AUTHENTICATION_FAILED
    159: 408,  # TIMEOUT_EXCEEDED
    307: 413,  # TOO_MANY_BYTES
    48: 501,  # NOT_IMPLEMENTED
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    **dict.fromkeys((6, 27, 36, 38, 41, 43, 53, 62, 72, 271, 457, 8, 115), 400),  # what cannot be parsed or converted
    **dict.fromkeys((46, 47, 50, 60, 63, 73, 81), 404),  # unknown functions, names, types, tables, formats, databases
}
_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Arrow": "application/vnd.apache.arrow.file",
    "ArrowStream": "application/vnd.apache.arrow.stream",
    "Parquet": "application/vnd.apache.parquet",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}
_NAMES = {62: "SYNTAX_ERROR", 164: "READONLY", 202: "TOO_MANY_SIMULTANEOUS_QUERIES", 516: "AUTHENTICATION_FAILED"}

_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class EndpointApp:
    """Answers queries over HTTP. Each runs in a thread, at most `limits.concurrency` at a time, the rest wait."""

    def __init__(self, session: Session, *, token: str | None = None) -> None:
        """`token` is what a client must present as password or bearer token; None lets everybody in."""
        self._session = session
        self._limits = session.limits
        self._token = token.encode() if token else None
        self._pool = ThreadPoolExecutor(self._limits.concurrency, thread_name_prefix="sql")
        self._pending: set[Future[Answer]] = set()

    def close(self) -> None:
        """Let running queries end and take no more."""
        self._pool.shutdown(cancel_futures=True)

    async def __call__(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query_id = str(uuid.uuid4())
        try:
            reply = await self._reply(scope, headers, receive)
        except (BadRequestError, QueryFailedError) as error:
            reply = self._failure(str(error), error.code)
        await _respond(send, reply, query_id, head=scope["method"] == "HEAD")

    async def _reply(self, scope: Mapping[str, Any], headers: Mapping[str, str], receive: _Receive) -> _Reply:
        path, method, query_string = scope["path"], scope["method"], scope.get("query_string", b"")
        if path in {"/ping", "/replicas_status"} or (path == "/" and method in {"GET", "HEAD"} and not query_string):
            return _Reply(200, {"content-type": "text/html; charset=UTF-8"}, b"Ok.\n")
        if path != "/":
            return _Reply(
                404, {"content-type": "text/plain; charset=UTF-8"}, b"There is no handle here; use / or /ping\n"
            )
        if method not in {"GET", "POST", "HEAD"}:
            return _Reply(
                405, {"content-type": "text/plain; charset=UTF-8", "allow": "GET, HEAD, POST"}, b"use GET or POST\n"
            )
        self._authenticate(query_string, headers)
        body = await _body(receive, self._session.body_limit)
        body = decompress(body, headers.get("content-encoding", "").lower(), self._session.body_limit)
        request = parse_request(query_string, headers, body)
        if not request.sql.strip():
            raise BadRequestError("the query is empty", 62)
        if self._session.is_hello(request):
            body = hello(_DISPLAY_NAME, self._session.version, self._session.timezone)
            return _Reply(200, self._headers(Answer(body, "Native")), body)
        if len(self._pending) >= self._limits.concurrency + self._limits.waiting:
            raise QueryFailedError("too many queries are waiting; try again later", 202)
        answer = await self._answer(request, receive)
        reply_headers = self._headers(answer)
        if request.query_id and _HEADER_SAFE.fullmatch(request.query_id):
            reply_headers["x-clickhouse-query-id"] = request.query_id
        if request.compress:
            return _compressed(reply_headers, answer.body, headers.get("accept-encoding", ""))
        return _Reply(200, reply_headers, answer.body)

    async def _answer(self, request: SqlRequest, receive: _Receive) -> Answer:
        mark = str(uuid.uuid4())
        running = self._pool.submit(self._session.run, request, mark)
        self._pending.add(running)
        running.add_done_callback(self._pending.discard)
        answered, gone = asyncio.wrap_future(running), asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((answered, gone), return_when=asyncio.FIRST_COMPLETED)
            if answered.done():
                return answered.result()
            raise BadRequestError("the client went away")
        finally:
            gone.cancel()
            # A dashboard that is reloaded takes its questions back; left to run, they would keep out its new ones.
            if not answered.done() and not running.cancel():
                answered.cancel()
                if not self._session.writes:
                    threading.Thread(target=self._stop, args=(running, mark), daemon=True).start()

    def _stop(self, running: Future[Answer], mark: str) -> None:
        while not running.done():
            self._session.stop(mark)  # again and again, since the engine may be about to begin it
            wait([running], timeout=0.2)

    def _authenticate(self, query_string: bytes, headers: Mapping[str, str]) -> None:
        if self._token is None:
            # A web page that rebinds its name to this machine could else read answers through its visitor's browser.
            if not _LOCAL_HOST.fullmatch(headers.get("host", "")):
                raise QueryFailedError("without a token the host must be localhost or an address", 516)
            return
        if not hmac.compare_digest(credentials(query_string, headers).encode(), self._token):
            raise QueryFailedError("Authentication failed: password is incorrect", 516)

    def _headers(self, answer: Answer) -> dict[str, str]:
        summary = {
            "read_rows": str(answer.read_rows),
            "read_bytes": str(answer.read_bytes),
            "written_rows": str(answer.written_rows),
            "written_bytes": "0",
            "result_rows": str(answer.result_rows),
            "result_bytes": str(len(answer.body)),
            "elapsed_ns": str(int(answer.elapsed_seconds * 1e9)),
        }
        return {
            "content-type": _CONTENT_TYPES.get(answer.format, "text/plain; charset=UTF-8"),
            "x-clickhouse-server-display-name": _DISPLAY_NAME,
            "x-clickhouse-format": answer.format,
            "x-clickhouse-timezone": self._session.timezone,
            "x-clickhouse-summary": json.dumps(summary, separators=(",", ":")),
        }

    def _failure(self, message: str, code: int) -> _Reply:
        if not message.startswith("Code: "):
            message = f"Code: {code}. DB::Exception: {message}."
            if code in _NAMES:
                message += f" ({_NAMES[code]})"
        if error_name(message) and "(version " not in message:
            message += f" (version {self._session.version})"
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "x-clickhouse-server-display-name": _DISPLAY_NAME,
            "x-clickhouse-exception-code": str(code),
        }
        if code == 516:
            headers["www-authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        return _Reply(_STATUS_BY_CODE.get(code, 500), headers, message.encode() + b"\n")


def _compressed(headers: dict[str, str], body: bytes, accepted: str) -> _Reply:
    """Compress with the first of the client's encodings that is known here."""
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda data: gzip.compress(data, 1, mtime=0),
        "deflate": lambda data: zlib.compress(data, 1),
        "zstd": lambda data: bytes(zstandard.ZstdCompressor(1).compress(data)),
    }
    for offered in accepted.split(","):
        name = offered.partition(";")[0].strip().lower()
        if name in encoders:
            return _Reply(200, {**headers, "content-encoding": name}, encoders[name](body))
    return _Reply(200, headers, body)


async def _body(receive: _Receive, limit: int) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequestError("the client went away")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BadRequestError(f"the body has more than {limit} bytes", 307)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _gone(receive: _Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _respond(send: _Send, reply: _Reply, query_id: str, *, head: bool) -> None:
    headers = {"x-clickhouse-query-id": query_id, **reply.headers, "content-length": str(len(reply.body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head else reply.body})


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return

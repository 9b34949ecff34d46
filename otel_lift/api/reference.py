"""The reference page of the API, made from its own OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_lift.api.app import routed
from otel_lift.api.backend import Backend
from otel_lift.api.config import ApiConfig
from otel_lift.api.service import Parts
from otel_lift.config import Configuration, loads
from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs import JobContext
from otel_lift.pipeline import NullMeter

__all__ = ["openapi", "page"]

_TITLES = {
    "basics": "Basics",
    "queries": "Named queries",
    "metrics": "Indices and summaries",
    "dashboard": "Dashboards",
    "realtime": "Live",
    "errors": "Errors",
    "subjects": "Rights of people",
    "admin": "The gateway itself",
}
_HEAD = ("| method | path | role | parameters | answers |", "| --- | --- | --- | --- | --- |")
_INTRODUCTION = """\
# API

<!-- Made from the application by `make docs`; a test fails where it drifts. -->

The API answers at `service.api.endpoint` (see [Configuration](configuration.md)), with the web console at `/`. Its
OpenAPI document is at `/api/v1/openapi.json`. Each path below begins with `/api/v1`.

## Answers

Every answer is `{"status": "ok", "data": ..., "metadata": {...}}`. The metadata have `calculated_at`, `data_points`
(the observations that the answer rests on: what its rows count in their first column of counts) and `confidence`,
which is n / (n + 30) for n observations: their weight against a prior worth 30. An answer of a named query also has
`query`, `from`, `to`, its `columns` and how many rows are `hidden`; `notes` say what was changed about the question.

A refusal is `{"status": "error", "error": {"code": ..., "message": ...}}`: 400 for a question that is none, 401 without
a valid token, 403 for what the caller's roles, tenant or origin do not allow, 404, 413 for what is too large, 429 for
one request too many an hour (`Retry-After` says when to come again), 503 while the gateway is busy or its store away,
504 for an answer that takes too long.

`from` and `to` are ISO 8601, relative to now (`-24h`, `now-7d`, `now`), or seconds of the Unix epoch; `from` is in the
window, `to` is not. `subject` and `session_id` take what the app sent, such as an e-mail address, or a pseudonym (32
hexadecimal digits); an id is turned into its pseudonym before a query, a log or the audit log sees it.

## Who may ask

Send `Authorization: Bearer <token>` with a JWT of the configured issuer; a WebSocket of a browser offers the
subprotocols `lift` and `lift.bearer.<token>` instead. The token's tenant decides whose data answer. Roles: `viewer`,
`analyst`, `on-call` and `admin` include each other in this order; `privacy-officer` is a viewer who may also use the
rights of people and read the audit log. Only `/health` needs no token. Where no `auth` is configured, the API listens
on this machine alone, and everybody there is `admin`; it then refuses requests under another host's name.

For viewers and analysts, rows that count fewer people than `service.api.anonymity.k` are hidden, with as many others as
it takes to keep them from being told by a total, and windows of such queries are rounded down to whole five minutes,
so that no two narrow windows differ by a few people. An analyst can send `X-Break-Glass: <reason>`; the reason goes to
the audit log, where every read and change is kept. Filters are not limited: who may ask for every single service can
compare its number with that of all.
"""


def openapi() -> dict[str, Any]:
    """Answer the OpenAPI document."""
    return routed(Parts.of(_nowhere())).openapi()


def page() -> str:
    """Answer the page: a table of paths for each tag, with the parameters that each takes."""
    operations: dict[str, list[str]] = {tag: [] for tag in _TITLES}
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            operations[operation["tags"][0]].append(_row(path.removeprefix("/api/v1"), method, operation))
    operations["realtime"].append(
        "| WebSocket | `/realtime/metrics` | viewer |  | Send the row of the query `realtime` every two seconds. |"
    )
    parts = [_INTRODUCTION]
    for tag, rows in operations.items():
        parts.append(f"## {_TITLES[tag]}\n")
        parts.append("\n".join([*_HEAD, *rows]) + "\n")
    return "\n".join(parts)


def _row(path: str, method: str, operation: Mapping[str, Any]) -> str:
    named = ", ".join(f"`{name}`" for name in _parameters(operation))
    about = (operation.get("description") or operation["summary"]).strip().replace("\n", " ").replace("|", "\\|")
    return f"| {method.upper()} | `{path}` | {operation.get('x-role', '')} | {named} | {about} |"


def _parameters(operation: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            yield parameter["name"]


def _nowhere() -> Backend:
    def context() -> JobContext:
        raise StoreUnavailableError("this is for documents only")

    return Backend(
        config=ApiConfig(),
        configuration=_configuration(),
        context=context,
        operations={},
        statuses=tuple,
        figures=dict,
        meter=NullMeter(),
    )


def _configuration() -> Configuration:
    return loads(
        "receivers: {otlp: {protocols: {http: {}}}}\n"
        "exporters: {clickhouse: {}}\n"
        "service: {pipelines: {logs: {receivers: [otlp], exporters: [clickhouse]}}}\n"
    )

"""What the OpenTelemetry dashboards ask that the ClickHouse plugin 4.20 brings, as facts.

The plugin is in no package registry, so its files cannot be read at test time. Here is what their queries use, panel by
panel: tables, columns, values, functions, macros and forms of variables, in queries of our own.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

__all__ = ["ASKED", "COLUMNS", "VALUES"]

COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "otel_logs": MappingProxyType(
            {
                "Timestamp": "DateTime64(9)",
                "TraceId": "String",
                "SpanId": "String",
                "SeverityText": "LowCardinality(String)",
                "ServiceName": "LowCardinality(String)",
                "Body": "String",
                "ResourceAttributes": "Map(LowCardinality(String), String)",
            }
        ),
        "otel_traces": MappingProxyType(
            {
                "Timestamp": "DateTime64(9)",
                "TraceId": "String",
                "SpanId": "String",
                "ParentSpanId": "String",
                "SpanName": "LowCardinality(String)",
                "SpanKind": "LowCardinality(String)",
                "ServiceName": "LowCardinality(String)",
                "Duration": "UInt64",
                "StatusCode": "LowCardinality(String)",
                "StatusMessage": "String",
                "SpanAttributes": "Map(LowCardinality(String), String)",
            }
        ),
    }
)
"""By table: the columns that the dashboards read, with the types of the Collector's exporter."""

VALUES: Sequence[Mapping[str, str | Sequence[str]]] = (
    # as they are opened: everything, and one service where a panel stands for one
    {"service": "shop", "services": "$__all", "operation": "$__all", "level": "$__all", "status": "$__all",
     "search": "", "least": ""},
    # everything chosen
    {"service": "shop", "services": ["shop", "bank"], "operation": ["GET /pay", "charge"], "level": ["ERROR", "INFO"],
     "status": ["Error", "Unset"], "search": "a", "least": ""},
)  # fmt: skip
"""What the variables hold; one that takes several values is a list."""

_ERRORS = "StatusCode IN ('Error', 'STATUS_CODE_ERROR')"
_BUCKET = "toStartOfInterval(Timestamp, INTERVAL $__interval_s second) AS time"
_LOGS = """FROM otel_logs WHERE $__timeFilter(Timestamp)
    AND $__conditionalAll(ServiceName IN ($services), $services) AND $__conditionalAll(SeverityText IN ($level), $level)
    AND $__conditionalAll(positionCaseInsensitive(Body, '$search') > 0, $search)"""
_OF_KIND = """FROM otel_traces WHERE $__timeFilter(Timestamp) AND ServiceName = '${{service}}' AND {}
    AND $__conditionalAll(SpanName IN ($operation), $operation)
    AND $__conditionalAll(positionCaseInsensitive(SpanName, '$search') > 0, $search)"""
_REPEATED = """FROM otel_traces WHERE $__timeFilter(Timestamp) AND ServiceName IN (${service:singlequote})
    AND $__conditionalAll(positionCaseInsensitive(SpanName, '$search') > 0, $search)"""
_KINDS = {
    "server": "SpanKind = 'Server'",
    "client": "SpanKind = 'Client'",
    "internal": "SpanKind = 'Internal'",
    "async": "SpanKind IN ('Producer', 'Consumer')",
}


def _of_kinds() -> dict[str, str]:
    asked = {}
    for kind, condition in _KINDS.items():
        rows = _OF_KIND.format(condition)
        quantiles = "quantile(0.5)(Duration) AS p50, quantile(0.9)(Duration) AS p90, quantile(0.99)(Duration) AS p99"
        asked[f"{kind} rate"] = f"SELECT {_BUCKET}, count() / $__interval_s AS rate {rows} GROUP BY time ORDER BY time"
        asked[f"{kind} errors"] = (
            f"SELECT {_BUCKET}, countIf({_ERRORS}) / count() AS failed {rows} GROUP BY time ORDER BY time"
        )
        asked[f"{kind} times"] = f"SELECT {_BUCKET}, {quantiles} {rows} GROUP BY time ORDER BY time"
        asked[f"{kind} operations"] = (
            f"SELECT SpanName AS Operation, SpanKind AS Kind, count() AS Spans, {quantiles} {rows} "
            "GROUP BY SpanName, SpanKind ORDER BY p99 DESC LIMIT 20"
        )
    return asked


ASKED: Mapping[str, str] = MappingProxyType(
    {
        # logs
        "services of logs": "SELECT ServiceName FROM otel_logs WHERE $__timeFilter(Timestamp) "
        "GROUP BY ServiceName ORDER BY count() DESC LIMIT 10",
        "levels": "SELECT DISTINCT SeverityText FROM otel_logs WHERE $__timeFilter(Timestamp) ORDER BY SeverityText",
        "volume": f"SELECT {_BUCKET}, SeverityText AS metric, count() AS lines {_LOGS} "
        "GROUP BY time, metric ORDER BY time",
        "by service": f"SELECT ServiceName AS Service, count() AS Lines {_LOGS} GROUP BY Service ORDER BY Lines DESC",
        "by level": f"SELECT SeverityText AS Level, count() AS Lines {_LOGS} GROUP BY Level ORDER BY Lines DESC",
        "top errors of logs": "SELECT SeverityText AS Level, ServiceName AS Service, "
        r"replaceRegexpAll(Body, '(userId|orderId)=[a-zA-Z0-9-]+', '\1=…') AS Message, count() AS Lines "
        f"{_LOGS} AND SeverityText IN ('ERROR', 'WARN', 'FATAL', 'error') "
        "GROUP BY Level, Service, Message ORDER BY Lines DESC LIMIT 20",
        "lines": "SELECT Timestamp AS timestamp, Body AS body, SeverityText AS level, ServiceName, TraceId, SpanId, "
        "ResourceAttributes['service.namespace'] AS namespace, ResourceAttributes['k8s.pod.name'] AS pod "
        f"{_LOGS} AND ServiceName = '${{service}}' ORDER BY Timestamp DESC LIMIT 200",
        # a service
        "services of traces": "SELECT DISTINCT ServiceName FROM otel_traces WHERE $__timeFilter(Timestamp) "
        "ORDER BY ServiceName",
        "operations": "SELECT DISTINCT SpanName FROM otel_traces WHERE $__timeFilter(Timestamp) "
        "AND $__conditionalAll(ServiceName IN ($services), $services) ORDER BY SpanName LIMIT 200",
        **_of_kinds(),
        "top errors of a service": "SELECT SpanName AS Operation, SpanKind AS Kind, StatusMessage AS Error, "
        'count() AS Spans, max(Timestamp) AS "Last Seen" FROM otel_traces WHERE $__timeFilter(Timestamp) '
        f"AND ServiceName = '${{service}}' AND {_ERRORS} GROUP BY SpanName, SpanKind, StatusMessage "
        "ORDER BY Spans DESC LIMIT 20",
        # traces
        "statuses": "SELECT DISTINCT StatusCode FROM otel_traces WHERE $__timeFilter(Timestamp) ORDER BY StatusCode",
        "nodes": "SELECT ServiceName AS id, ServiceName AS title, concat(toString(count()), ' spans') AS mainstat, "
        "concat(toString(round(avg(Duration) / 1000000, 1)), ' ms') AS secondarystat, "
        f"(count() - countIf({_ERRORS})) / count() AS arc__success, countIf({_ERRORS}) / count() AS arc__errors "
        "FROM otel_traces WHERE $__timeFilter(Timestamp) GROUP BY ServiceName ORDER BY count() DESC LIMIT 30",
        "edges": "SELECT concat(up.ServiceName, '-', down.ServiceName) AS id, up.ServiceName AS source, "
        "down.ServiceName AS target, concat(toString(count()), ' calls') AS mainstat "
        "FROM otel_traces AS down INNER JOIN otel_traces AS up "
        "ON down.ParentSpanId = up.SpanId AND down.TraceId = up.TraceId "
        "WHERE $__timeFilter(down.Timestamp) AND $__timeFilter(up.Timestamp) AND up.ServiceName != down.ServiceName "
        "GROUP BY source, target ORDER BY count() DESC LIMIT 50",
        "search": "SELECT TraceId, any(ServiceName) AS Service, any(SpanName) AS Root, min(Timestamp) AS Time, "
        f"max(Duration) AS Duration, count() AS Spans, anyIf(StatusCode, {_ERRORS}) AS Status "
        "FROM otel_traces WHERE $__timeFilter(Timestamp) AND $__conditionalAll(ServiceName IN ($services), $services) "
        "AND $__conditionalAll(SpanName IN ($operation), $operation) "
        "AND $__conditionalAll(StatusCode IN ($status), $status) GROUP BY TraceId "
        "HAVING $__conditionalAll(max(Duration) >= toUInt64($least) * 1000000, $least) ORDER BY Time DESC LIMIT 200",
        "heat map": f"SELECT {_BUCKET}, Duration / 1000000 AS ms {_REPEATED} "
        "AND cityHash64(SpanId) % 1 = 0 ORDER BY time",
        "spans": f"SELECT {_BUCKET}, count() AS Spans, countIf({_ERRORS}) AS Errors, "
        f"quantile(0.99)(Duration) / 1000000 AS p99, avg(Duration) / 1000000 AS mean {_REPEATED} "
        "GROUP BY time ORDER BY time",
        "top operations": f"SELECT SpanName AS Operation, count() AS Spans, countIf({_ERRORS}) AS Errors, "
        f'round(countIf({_ERRORS}) / count() * 100, 2) AS "Error %", quantile(0.5)(Duration) AS P50, '
        "anyIf(if(StatusMessage != '', StatusMessage, SpanAttributes['http.status_code']), "
        f'{_ERRORS}) AS "Top Error" {_REPEATED} GROUP BY Operation ORDER BY Spans DESC LIMIT 15',
    }
)
"""By what is shown: a query of the same columns, functions, macros and variables."""

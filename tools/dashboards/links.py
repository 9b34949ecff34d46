"""Where a value in a table leads to."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

__all__ = ["LINKS", "PLUGIN", "TRACE_SQL"]

PLUGIN = "grafana-clickhouse-datasource"
"""Type of the data source."""

_RANGE = "${__url_time_range}"
_VARIABLE = re.compile("%24%7B([A-Za-z_.]+)%7D")
_VALUE = "${__value.raw:percentencode}"

TRACE_SQL = """SELECT
    TraceId AS traceID,
    SpanId AS spanID,
    ParentSpanId AS parentSpanID,
    ServiceName AS serviceName,
    SpanName AS operationName,
    toUnixTimestamp64Milli(Timestamp) AS startTime,
    Duration / 1000000 AS duration,
    arrayMap((k, v) -> map('key', k, 'value', v), mapKeys(SpanAttributes), mapValues(SpanAttributes)) AS tags,
    arrayMap((k, v) -> map('key', k, 'value', v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes))
        AS serviceTags,
    SpanKind AS kind,
    if(StatusCode = 'Error', 2, 0) AS statusCode
FROM otel_traces
WHERE TraceId = '${__value.raw}'
ORDER BY Timestamp
LIMIT 10000"""
"""The spans of a trace in the columns that Grafana's view of a trace reads; trace ids are hexadecimal digits."""


def _trace_url() -> str:
    source = {"type": PLUGIN, "uid": "${datasource}"}
    query = {
        "refId": "A",
        "datasource": source,
        "editorType": "sql",
        "queryType": "traces",
        "format": 3,
        "rawSql": TRACE_SQL,
    }
    pane = {
        "datasource": "${datasource}",
        "queries": [query],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    encoded = quote(json.dumps({"trace": pane}), safe="")
    return "/explore?schemaVersion=1&panes=" + _VARIABLE.sub(r"${\1}", encoded)


LINKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "person": ("This person's errors and sessions", f"/d/lift-people?{_RANGE}&var-person={_VALUE}"),
        "session": ("This session, event by event", f"/d/lift-people?{_RANGE}&var-session={_VALUE}"),
        "pattern": ("This pattern", f"/d/lift-patterns?{_RANGE}&var-pattern={_VALUE}"),
        "trace": ("The trace", _trace_url()),
    }
)
"""By name: the title and the address that Grafana fills in."""

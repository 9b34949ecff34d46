"""What Grafana and its ClickHouse plugin 4.20 make of a query before it is sent: variables, then macros.

Written from the plugin's and Grafana's documentation of their variables and macros.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

__all__ = ["Answer", "View", "ask", "expand", "panels", "targets"]

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]")
_CONDITIONAL = "$__conditionalAll("
_MACRO = re.compile(r"\$__(\w+)")

Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class View:
    """The range of time that a dashboard shows, and the interval in seconds that a panel's width gives."""

    start: datetime
    end: datetime
    interval: int = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns with their types, and rows."""

    columns: Mapping[str, str]
    rows: Sequence[Sequence[Any]]


def expand(sql: str, view: View, values: Values) -> str:
    """Answer the SQL that reaches the data source; raises KeyError for a variable or a macro that there is not.

    A variable with several values is a sequence; `$__all` and '' make a conditional filter fall away.
    """
    return _macros(_variables(_conditionals(sql, values), values), view)


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answer the panels of a dashboard, those within rows too, without the rows."""
    found: list[dict[str, Any]] = []
    for panel in dashboard.get("panels", []):
        found += [panel] if panel["type"] != "row" else panel.get("panels", [])
    return found


def targets(dashboard: Mapping[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Answer each panel with each of its queries."""
    return [(panel, target["rawSql"]) for panel in panels(dashboard) for target in panel.get("targets", [])]


def ask(port: int, sql: str, database: str = "otel") -> Answer:
    """Send a query to the SQL endpoint; raises AssertionError with the endpoint's words."""
    url = f"http://127.0.0.1:{port}/?default_format=JSONCompact&database={database}"
    try:
        with urlopen(Request(url, sql.encode()), timeout=60) as answered:  # http to this machine
            body = json.load(answered)
    except HTTPError as error:
        raise AssertionError(f"{error.read().decode()}\n{sql}") from error
    return Answer({column["name"]: column["type"] for column in body["meta"]}, body["data"])


def _conditionals(sql: str, values: Values) -> str:
    at = sql.rfind(_CONDITIONAL)
    while at >= 0:
        (condition, given), end = _arguments(sql, at + len(_CONDITIONAL) - 1)
        match = _VARIABLE.search(given)
        value = values[match[1] or match[3]] if match else "no variable"
        sql = sql[:at] + ("1=1" if value in ("", "$__all") else condition) + sql[end:]
        at = sql.rfind(_CONDITIONAL)
    return sql


def _variables(sql: str, values: Values) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1] or match[3] or match[4]
        if name.startswith("__"):
            return match[0]  # a macro
        value = values[name]
        if match[2] is None:
            return value if isinstance(value, str) else ",".join(f"'{each}'" for each in value)
        return _FORMATS[match[2]](value)

    return _VARIABLE.sub(replace, sql)


def _macros(sql: str, view: View) -> str:
    at = 0
    while match := _MACRO.search(sql, at):
        arguments: Sequence[str] = ()
        end = match.end()
        if sql[end : end + 1] == "(":
            arguments, end = _arguments(sql, end)
        written = _MACROS[match[1]](view, *arguments)
        sql = sql[: match.start()] + written + sql[end:]
        at = match.start()
    return sql


def _arguments(sql: str, opened: int) -> tuple[list[str], int]:
    """Part the arguments in the brackets that open at `opened`; answer them and where the call ends."""
    parts, depth, start = [], 0, opened + 1
    for at in range(opened, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        if (sql[at] == "," and depth == 1) or depth == 0:
            parts.append(sql[start:at].strip())
            start = at + 1
        if depth == 0:
            return parts, at + 1
    raise ValueError(f"a bracket is not closed: {sql[opened:]}")


def _single_quoted(value: str | Sequence[str]) -> str:
    texts = [value] if isinstance(value, str) else value
    return ",".join("'" + text.replace("'", "\\'") + "'" for text in texts)


def _percent_encoded(value: str | Sequence[str]) -> str:
    assert isinstance(value, str), "several values have another form"
    return quote(value, safe="-_.~")


_FORMATS: Mapping[str, Callable[[str | Sequence[str]], str]] = MappingProxyType(
    {"percentencode": _percent_encoded, "singlequote": _single_quoted}
)


def _seconds(moment: datetime) -> str:
    return f"toDateTime({int(moment.timestamp())})"


def _milliseconds(moment: datetime) -> str:
    return f"fromUnixTimestamp64Milli({round(moment.timestamp() * 1000)})"


_MACROS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "fromTime": lambda view: _seconds(view.start),
        "toTime": lambda view: _seconds(view.end),
        "fromTime_ms": lambda view: _milliseconds(view.start),
        "toTime_ms": lambda view: _milliseconds(view.end),
        "timeFilter": lambda view, of: f"{of} >= {_seconds(view.start)} AND {of} <= {_seconds(view.end)}",
        "timeFilter_ms": lambda view, of: f"{of} >= {_milliseconds(view.start)} AND {of} <= {_milliseconds(view.end)}",
        "timeInterval": lambda view, of: f"toStartOfInterval(toDateTime({of}), INTERVAL {view.interval} second)",
        "interval_s": lambda view: str(view.interval),
    }
)

"""A named query's SQL, as the ClickHouse plugin of Grafana takes it.

Grafana binds no parameters. Times become the plugin's macros; values that a person chooses come by template variables
in a form that no value can leave: percent-encoded, within quotes, decoded by the engine. (Grafana's own quoting of SQL
does not know that a backslash escapes in ClickHouse.)
"""

import re
from collections.abc import Mapping, Sequence

from otel_lift.queries import NamedQuery, Parameter

__all__ = ["FROM", "INTERVAL", "TO", "literal", "select", "sql_of", "variable"]

FROM = "toDateTime64($__fromTime_ms, 9, 'UTC')"
"""Start of the time range: the plugin's macro has milliseconds, the queries compare nanoseconds."""

TO = "toDateTime64($__toTime_ms, 9, 'UTC')"
"""End of the time range."""

INTERVAL = "toUInt32($__interval_s)"
"""Length of a bucket in seconds, by the width of the panel and its least interval."""

_PLACEHOLDER = re.compile(r"\{(\w+):([^{}]+)\}")
_STANDARD = {"from": FROM, "to": TO, "bucket": INTERVAL}


def variable(name: str) -> str:
    """Answer an expression for the text that a person chose in the template variable `name`."""
    return f"decodeURLComponent('${{{name}:percentencode}}')"


def literal(parameter: Parameter) -> str:
    """Answer an expression for the default of a parameter; raises ValueError for a type that has no form here."""
    value = parameter.default
    if parameter.type == "DateTime64(9, 'UTC')" and value == "now":
        return "now64(9, 'UTC')"
    if parameter.type in {"UInt32", "UInt64", "Float64"}:
        return f"to{parameter.type}({value})"
    if parameter.type == "String" and isinstance(value, str):
        return _quoted(value)
    if parameter.type == "Array(String)" and isinstance(value, Sequence):
        texts = value.split(",") if isinstance(value, str) else value
        return f"[{', '.join(_quoted(text.strip()) for text in texts)}]"
    raise ValueError(f"a default of type {parameter.type} cannot be written into SQL: {value!r}")


def sql_of(query: NamedQuery, values: Mapping[str, str]) -> str:
    """Write the query's SQL with an expression in place of each parameter: of `values`, else as is usual for its name.

    Raises KeyError for a value that the query has no parameter for.
    """
    for name in values:
        query.parameters[name]

    def expression(match: re.Match[str]) -> str:
        name = match[1]
        if name in values:
            return values[name]
        if name in _STANDARD:
            return _STANDARD[name]
        return variable(name) if name in query.filters else literal(query.parameters[name])

    return _PLACEHOLDER.sub(expression, query.sql)


def select(columns: Sequence[str], inner: str, rest: str = "") -> str:
    """Ask for some columns of a query's answer."""
    return f"SELECT {', '.join(columns)}\nFROM (\n{inner}\n)" + (f"\n{rest}" if rest else "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

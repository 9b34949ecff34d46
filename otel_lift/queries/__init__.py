"""The named queries: questions that users ask of the data, each a file of SQL with a typed header.

The header is YAML in the file's leading comment: which question of the catalogue it answers, a title, its parameters
(ClickHouse type, default, unit) and its columns. Values are bound by the engine, never written into the SQL.
"""

from otel_lift.queries.answering import answer, ask
from otel_lift.queries.catalogue import QUERIES, QueryDefaults, catalogue, find
from otel_lift.queries.model import FILTERS, Kind, NamedQuery, Parameter, ResultColumn, Role
from otel_lift.queries.rows import json_rows
from otel_lift.queries.times import bound_time, parse_time
from otel_lift.queries.values import Given

__all__ = [
    "FILTERS",
    "QUERIES",
    "Given",
    "Kind",
    "NamedQuery",
    "Parameter",
    "QueryDefaults",
    "ResultColumn",
    "Role",
    "answer",
    "ask",
    "bound_time",
    "catalogue",
    "find",
    "json_rows",
    "parse_time",
]

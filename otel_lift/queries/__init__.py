"""The named queries: questions that users ask of the data, each a file of SQL with a typed header.

The header is YAML in the file's leading comment: which question of the catalogue it answers, a title, its parameters
(ClickHouse type, default, unit) and its columns. Values are bound by the engine, never written into the SQL.
"""

from otel_lift.queries.catalogue import QUERIES, NamedQuery, Parameter, ResultColumn, find

__all__ = ["QUERIES", "NamedQuery", "Parameter", "ResultColumn", "find"]

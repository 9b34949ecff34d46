"""Walls between databases: where one engine holds several tenants, a reader of one sees nothing of the others.

The engine has no users, so who may read what is judged by the statement's words: the name of another database is
refused wherever it stands, and of the engine's own tables only those are open that tell nothing of others, or that a
filter keeps to the reader's database.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]  # exported, but not typed so

from otel_lift.store.endpoint.refused import StatementRefusedError
from otel_lift.store.names import literal

__all__ = ["FILTERS", "filters", "judge_walls"]

FILTERS = "additional_table_filters"
"""The setting that `filters` makes the value of."""

_ABOUT_THE_ENGINE = frozenset(
    {
        "build_options",
        "collations",
        "data_type_families",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "numbers",
        "numbers_mt",
        "one",
        "settings",
        "table_engines",
        "table_functions",
        "time_zones",
        "zeros",
    }
)
_BY_DATABASE: Mapping[str, str] = MappingProxyType(
    {
        "columns": "database",
        "data_skipping_indices": "database",
        "databases": "name",
        "parts": "database",
        "parts_columns": "database",
        "tables": "database",
    }
)
_NAMES_IN_TEXT = frozenset({"hascolumnintable", "joinget", "joingetornull"})


def filters(database: str) -> str:
    """Write the value of the setting `FILTERS` that keeps the engine's tables to one database."""
    conditions = {table: f"{column} = {literal(database)}" for table, column in _BY_DATABASE.items()}
    pairs = (f"'system.{table}': {literal(condition)}" for table, condition in conditions.items())
    return f"{{{', '.join(pairs)}}}"


def judge_walls(tokens: Sequence[Token], others: frozenset[str]) -> None:
    """Raise `StatementRefusedError` for a statement that could reach one of the other databases."""
    for position, token in enumerate(tokens):
        following = [one.text for one in tokens[position + 1 : position + 3]]
        name = token.text
        if token.token_type is TokenType.STRING:
            continue
        if name in others:
            raise StatementRefusedError(f"the database {name} is not yours to read")
        if name.lower() == "identifier":
            raise StatementRefusedError("a parameter of type Identifier is not allowed here: write the name itself")
        if name.lower() in _NAMES_IN_TEXT:
            raise StatementRefusedError(f"the function {name} is not allowed here: it takes names of tables as text")
        if following[:1] == ["."] and name.lower() == "information_schema":
            raise StatementRefusedError("information_schema is not open here: read system.tables and system.columns")
        if following[:1] == ["."] and name == "system" and not _open(following[1:]):
            raise StatementRefusedError(
                f"system.{''.join(following[1:])} tells of other databases and is not open here"
            )


def _open(names: Sequence[str]) -> bool:
    return bool(names) and (names[0] in _ABOUT_THE_ENGINE or names[0] in _BY_DATABASE)

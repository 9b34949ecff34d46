"""Which statements a reader may run: an allow-list, by a real SQL parser.

The engine has no users, and its own read-only mode still writes files (INTO OUTFILE), stops queries (KILL) and runs
Python (`python()`). So each statement is taken apart here first, and what the engine gets is put together again from
the parts that were judged: comments, which the two lexers end in different places, never reach it.
"""

import logging
import re
from dataclasses import dataclass
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]  # exported, but not typed so

from otel_lift.store.endpoint.refused import StatementRefusedError
from otel_lift.store.endpoint.walls import judge_walls

__all__ = ["ALLOWED_TABLE_FUNCTIONS", "Statement", "read_only", "with_format"]

# A statement that it cannot model makes sqlglot warn on stderr; here that is an ordinary refusal.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

ALLOWED_TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generate_series", "generateseries", "values", "view", "format"}
)
"""Table functions that read nothing but their arguments, in lower case."""

# Scalar functions that reach files, dictionaries' sources or other programs, or that only cost time.
_DENIED_FUNCTIONS = frozenset({"file", "catboostevaluate", "sleep", "sleepeachrow", "getclienthttpheader"})
_DENIED_PREFIXES = ("dictget", "dicthas", "dictis", "executable", "python")
_DENIED_WORDS = frozenset({"INTO", "OUTFILE", "INFILE", "KILL", "PARALLEL"})
_SHOW = frozenset(
    {"TABLES", "DATABASES", "CREATE", "COLUMNS", "FIELDS", "FUNCTIONS", "SETTINGS", "INDEX", "INDEXES", "KEYS", "FULL"}
)
_EXPLAIN = frozenset({"AST", "SYNTAX", "PLAN", "PIPELINE", "ESTIMATE", "QUERY", "TREE"})
_QUERY_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN, TokenType.FROM})
_TEXTS = frozenset({TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING})
_FORMAT = re.compile(r"\sFORMAT\s+([A-Za-z0-9_]+)[\s;]*$", re.IGNORECASE)
_MAXIMUM_LENGTH = 262_144


class _Lexer(ClickHouse.Tokenizer):
    """sqlglot's own takes all behind SHOW or EXPLAIN for one text, in which nothing would be judged."""

    COMMANDS: ClassVar[set[TokenType]] = set()


_TOKENIZER = _Lexer(dialect="clickhouse")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that may run: its text without comments, the text without its format, and the format, if named."""

    text: str
    query: str
    format: str | None


def read_only(sql: str, table_functions: frozenset[str], others: frozenset[str] = frozenset()) -> Statement:
    """Judge a statement; raises `StatementRefusedError`.

    `table_functions` are the engine's own, in lower case; `others` are the databases that are not the reader's.
    """
    tokens = _tokens(sql)
    for position, token in enumerate(tokens):
        _judge_token(sql, token, tokens[position + 1] if position + 1 < len(tokens) else None, table_functions)
    if others:
        judge_walls(tokens, others)
    _judge_statement(sql, tokens)
    text = _join(sql, tokens)
    return with_format(text)


def with_format(text: str) -> Statement:
    """Part a statement from the FORMAT clause at its end."""
    match = _FORMAT.search(text)
    return Statement(text, text[: match.start()], match.group(1)) if match else Statement(text, text, None)


def _tokens(sql: str) -> list[Token]:
    if len(sql) > _MAXIMUM_LENGTH:
        raise StatementRefusedError(f"a statement may have at most {_MAXIMUM_LENGTH} characters", 62)
    try:
        tokens = _TOKENIZER.tokenize(sql)
    except SqlglotError as error:
        raise StatementRefusedError(f"the statement cannot be read: {error}", 62) from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise StatementRefusedError("the statement is empty", 62)
    return list(tokens)


def _judge_token(sql: str, token: Token, following: Token | None, table_functions: frozenset[str]) -> None:
    raw = sql[token.start : token.end + 1]
    if token.token_type in _TEXTS and raw.endswith("'"):
        return
    if not raw.isascii() or "$" in raw or token.token_type is TokenType.HEREDOC_STRING:
        raise StatementRefusedError(f"only quoted text may hold {raw[:40]!r} here", 62)
    if token.token_type is TokenType.SEMICOLON:
        raise StatementRefusedError("only one statement may be sent at a time")
    if token.token_type is TokenType.IDENTIFIER:
        # Escapes in names are where lexers differ; no table or column of ours needs one.
        if "\\" in raw or raw[0] in raw[1:-1]:
            raise StatementRefusedError("a quoted name may not hold quotes or backslashes", 62)
    elif raw.upper() in _DENIED_WORDS:
        raise StatementRefusedError(f"{raw.upper()} is not allowed here: this endpoint only reads")
    if following is not None and following.token_type is TokenType.L_PAREN:
        _judge_function(token.text.lower(), table_functions)


def _judge_function(name: str, table_functions: frozenset[str]) -> None:
    if name in ALLOWED_TABLE_FUNCTIONS:
        return
    if name in table_functions or name in _DENIED_FUNCTIONS or name.startswith(_DENIED_PREFIXES):
        raise StatementRefusedError(f"the function {name} is not allowed here: this endpoint reads only its own tables")


def _judge_statement(sql: str, tokens: list[Token]) -> None:
    words = [token.text.upper() for token in tokens]
    kind = words[0]
    if kind == "SHOW":
        if len(words) < 2 or words[1] not in _SHOW:
            raise StatementRefusedError(f"SHOW {' '.join(words[1:2])} is not allowed here")
    elif kind == "EXISTS":
        _require_query("SELECT * FROM ", sql, tokens[2:] if words[1:2] in (["TABLE"], ["VIEW"]) else tokens[1:])
    elif kind in {"DESCRIBE", "DESC"}:
        _require_query("SELECT * FROM ", sql, tokens[2:] if words[1:2] == ["TABLE"] else tokens[1:])
    elif kind == "EXPLAIN":
        start = next((at for at, token in enumerate(tokens) if token.token_type in _QUERY_STARTS), len(tokens))
        if not _EXPLAIN.issuperset(words[1 : min(start, 3)]):
            raise StatementRefusedError("EXPLAIN is allowed for queries only")
        _require_query("", sql, tokens[start:])
    else:
        _require_query("", sql, tokens)


def _require_query(prefix: str, sql: str, tokens: list[Token]) -> None:
    try:
        parsed = sqlglot.parse(prefix + _join(sql, tokens), dialect="clickhouse") if tokens else []
    except (SqlglotError, RecursionError) as error:
        raise StatementRefusedError(
            "the statement cannot be read as a query, and only queries are allowed here "
            f"(put an unusual clause into a subquery): {str(error).splitlines()[0]}",
            62,
        ) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise StatementRefusedError("only SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are allowed here")


def _join(sql: str, tokens: list[Token]) -> str:
    parts = []
    end = tokens[0].start if tokens else 0
    for token in tokens:
        gap = sql[end : token.start]
        parts.append(gap if not gap.strip() else " ")
        parts.append(sql[token.start : token.end + 1])
        end = token.end + 1
    return "".join(parts)

"""What holds for every named query: parameters that are bound, and the columns that its header tells."""

import re
from collections.abc import Iterator

import pytest
from query_rows import placeholders, sqls

from otel_lift.queries import QUERIES, answer
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

BY_KIND = {
    "time": r"DateTime(64\(\d(, '[\w/]+')?\)|(\('[\w/]+'\))?)",
    "day": r"Date",
    "count": r"U?Int\d+",
    "number": r"(U?Int\d+|Float\d+)",
    "ratio": r"(U?Int\d+|Float\d+)",
    "text": r"String",
    "flag": r"Bool",
    "list": r"Array\(.*\)",
}

_WRAPPED = r"(Nullable|LowCardinality|SimpleAggregateFunction)\((\w+, )?"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with all tables and no row."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('queries')}/store") as store:
        apply(store, SchemaOptions())
        yield store


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_over_nothing_answers_its_columns(name: str, empty: Store) -> None:
    """Every query, and its raw twin, runs over an empty store, and answers the columns of its header in their order."""
    named = QUERIES[name]
    for number, sql in enumerate(sqls(named)):
        assert answer(empty, named, {}, raw=number == 1).column_names == list(named.columns)
        described = empty.query(f"DESCRIBE TABLE ({sql})", named.bind({})).rows
        assert [row[0] for row in described] == list(named.columns)
        for (column, declared), row in zip(named.columns.items(), described, strict=True):
            assert re.fullmatch(rf"({_WRAPPED}){{0,2}}{BY_KIND[declared.kind]}\)*", row[1]), (column, row[1])


@pytest.mark.parametrize("name", QUERIES)
def test_what_the_sql_binds_is_declared(name: str) -> None:
    """The placeholders of the SQL are the parameters of the header, each of its type; nothing else is put into it."""
    named = QUERIES[name]
    declared = {(key, parameter.type) for key, parameter in named.parameters.items()}
    for sql in sqls(named):
        assert placeholders(sql) == declared
        assert not re.search(r"%\(|%[sd]|\{\w*\}|\{\{|\$\{|\$\w", sql)


@pytest.mark.parametrize("name", QUERIES)
def test_a_header_says_what_a_person_should_know(name: str) -> None:
    """A question, a description and each column are told in words that end as a sentence does."""
    named = QUERIES[name]
    assert re.fullmatch(r"[a-z][a-z0-9-]+", name)
    assert not named.title.endswith(".")
    for told in (named.description, *(column.description for column in named.columns.values())):
        assert told[0].isupper() or told[0].isdigit() or told.startswith(("new", "p")), told
        assert told.endswith("."), told


def test_every_question_has_a_query() -> None:
    """Each of the 23 questions of the catalogue is answered by at least one query."""
    assert {named.question for named in QUERIES.values()} == set(range(1, 24))

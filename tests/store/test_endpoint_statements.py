import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.store.endpoint.refused import StatementRefusedError
from otel_lift.store.endpoint.statements import read_only

_TABLE_FUNCTIONS = frozenset(
    {"file", "url", "s3", "s3cluster", "remote", "remotesecure", "cluster", "mysql", "postgresql", "hdfs", "sqlite",
     "executable", "python", "input", "dictionary", "merge", "loop", "numbers", "values", "format", "null", "view"}
)  # fmt: skip

_ALLOWED = [
    "SELECT 1",
    "select a, b from otel_logs where Body like '%into outfile%' limit 10;",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "SELECT 1 UNION ALL SELECT 2",
    "(SELECT 1)",
    "SELECT * FROM numbers(10)",
    "SELECT format('{} {}', a, b) FROM t",
    "SELECT LogAttributes['file'], `file`, url FROM t WHERE file = 'x' AND merge IN ('a', 'b')",
    "SELECT count() FROM t ARRAY JOIN Events.Name AS n WHERE n = 'x' GROUP BY n WITH TOTALS",
    "SELECT toStartOfInterval(Timestamp, INTERVAL 5 minute) t, quantiles(0.5, 0.9)(Duration) FROM x GROUP BY t",
    "SELECT * EXCEPT (a) FROM t FINAL PREWHERE x = {x:UInt8} ORDER BY z WITH FILL STEP 1",
    "SELECT * FROM t LIMIT 1 BY a",
    "SELECT uniqMerge(affected_users) FROM lift_error_patterns /* a comment */ -- and another",
    "SELECT * FROM system.tables FORMAT JSONEachRow",
    "SHOW TABLES",
    "SHOW CREATE TABLE otel.otel_logs",
    "DESCRIBE TABLE otel.otel_logs",
    "DESC (SELECT 1)",
    "EXISTS TABLE otel.otel_logs",
    "EXPLAIN SELECT 1",
    "EXPLAIN PIPELINE SELECT * FROM t",
    "SELECT 'файл(1); DROP TABLE x, file('",
]

_REFUSED = [
    "INSERT INTO t VALUES (1)",
    "DROP TABLE t",
    "ALTER TABLE t DELETE WHERE 1",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "TRUNCATE TABLE t",
    "OPTIMIZE TABLE t",
    "RENAME TABLE t TO u",
    "DETACH TABLE t",
    "ATTACH TABLE t",
    "GRANT ALL ON *.* TO x",
    "BACKUP TABLE t TO Disk('d', 'x')",
    "SET readonly = 0",
    "USE system",
    "KILL QUERY WHERE 1",
    "SYSTEM FLUSH LOGS",
    "SYSTEM SHUTDOWN",
    "WATCH v",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "SELECT 1 INTO OUTFILE '/x'",
    "SELECT 1 into outfile '/x' FORMAT CSV",
    "INSERT INTO FUNCTION file('x') SELECT 1",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM FILE ('/etc/passwd')",
    "SELECT * FROM `file`('/etc/passwd')",
    "SELECT * FROM \"file\" ('/etc/passwd')",
    "SELECT * FROM file /* x */ ('/etc/passwd')",
    "SELECT * FROM file -- x\n('/etc/passwd')",
    "SELECT file('/etc/passwd')",
    "SELECT 1 IN file('x')",
    "SELECT * FROM url('http://127.0.0.1/', 'CSV')",
    "SELECT * FROM s3('http://x/y', 'CSV')",
    "SELECT * FROM s3Cluster('c', 'http://x/y', 'CSV')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('c', system.one)",
    "SELECT * FROM mysql('h', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('h', 'd', 't', 'u', 'p')",
    "SELECT * FROM sqlite('x', 't')",
    "SELECT * FROM hdfs('x', 'CSV')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM python('x')",
    "SELECT * FROM Python(x)",
    "SELECT * FROM dictionary('d')",
    "SELECT dictGet('d', 'a', 1)",
    "SELECT dictGetOrDefault('d', 'a', 1, 2)",
    "SELECT dictHas('d', 1)",
    "SELECT sleepEachRow(3) FROM numbers(1000)",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM loop(system.one)",
    "DESCRIBE TABLE file('/etc/passwd')",
    "DESCRIBE s3('http://x/y')",
    "EXISTS TABLE x; DROP TABLE t",
    "EXPLAIN TABLE OVERRIDE mysql('h', 'd', 't', 'u', 'p')",
    "EXPLAIN SELECT * FROM file('x')",
    "EXPLAIN INSERT INTO t SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE t",
    "SELECT 1 PARALLEL WITH DROP TABLE t",
    "SELECT $$a$$",
    "SELECT $x$ ' $x$, file('/etc/passwd'), $x$ ' $x$",
    "SELECT `a\\`b`",
    "SELECT `a``file(`",
    "SELECT “a”",
    "SELECT \u2018 , file('/etc/passwd') , \u2018",
    "SELECT 1 \u2013 2",
    "",
    " ;; ",
    "-- nothing",
    "SELECT '",
    "SELEC 1",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "SELECT (" * 500,
]


@pytest.mark.parametrize("sql", _ALLOWED)
def test_questions_are_allowed(sql: str) -> None:
    """Queries, their plans, and looks at the schema pass."""
    read_only(sql, _TABLE_FUNCTIONS)


@pytest.mark.parametrize("sql", _REFUSED)
def test_everything_else_is_refused(sql: str) -> None:
    """What writes, reaches out, reads files, stops queries, holds a thread or cannot be understood is refused."""
    with pytest.raises(StatementRefusedError):
        read_only(sql, _TABLE_FUNCTIONS)


def test_comments_never_reach_the_engine() -> None:
    """What one lexer takes for a comment and another for SQL is not passed on."""
    statement = read_only("SELECT 1 /* /* */ UNION ALL SELECT * FROM file('x') -- */", _TABLE_FUNCTIONS)
    assert statement.text.strip() == "SELECT 1"
    assert read_only("SELECT/**/1--x", _TABLE_FUNCTIONS).text.strip() == "SELECT 1"


def test_the_format_is_parted_from_the_query() -> None:
    """The FORMAT clause at the end is known, in any case, and the query is there without it."""
    statement = read_only("SELECT 'FORMAT x' AS format\nformat  JSON ;", _TABLE_FUNCTIONS)
    assert (statement.query.strip(), statement.format) == ("SELECT 'FORMAT x' AS format", "JSON")


@given(st.text(alphabet=string.printable, max_size=60), st.text(alphabet=string.printable, max_size=60))
def test_no_text_around_a_file_function_lets_it_through(before: str, after: str) -> None:
    """Whatever stands around it, `file(` outside of quoted text is never in what is passed to the engine."""
    try:
        statement = read_only(f"SELECT {before} file('/etc/passwd') {after}", _TABLE_FUNCTIONS)
    except StatementRefusedError:
        return
    outside = _without_texts(statement.text)
    assert "file(" not in outside.replace(" ", "").lower()


def _without_texts(sql: str) -> str:
    """Take out what ClickHouse's lexer holds for quoted: a plain reading of its rules, apart from the parser's."""
    kept, position = [], 0
    while position < len(sql):
        quote = sql[position]
        position += 1
        if quote not in "'\"`":
            kept.append(quote)
            continue
        while position < len(sql):
            if sql[position] == "\\":
                position += 2
            elif sql[position] == quote:
                position += 1
                if sql[position : position + 1] != quote:
                    break
                position += 1
            else:
                position += 1
    return "".join(kept)

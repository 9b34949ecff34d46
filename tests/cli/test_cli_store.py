"""The commands that ask a store: query, schema, doctor; the store is the SQL endpoint in a process of its own."""

import csv
import io
import json
import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from clickhouse_engines import TODAY, errors, server_process, stream
from command_line import gateway_file, message_of, otel_lift

from otel_lift.queries import QUERIES
from otel_lift.store import open_store
from otel_lift.store.schema import SchemaOptions, apply

NOTHING_LISTENS = "clickhouse://127.0.0.1:1/otel"
HOURS = "--from=-2d"  # the rows are of today's first second


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of a served store with seven rows of `lift_events`."""
    with server_process(tmp_path_factory.mktemp("store"), "--write") as port:
        dsn = f"clickhouse://127.0.0.1:{port}/otel"
        with open_store(dsn) as store:
            apply(store, SchemaOptions())
            rows = errors(7)
            rows = rows.append_column("category", ["failures"] * 7)
            store.insert_stream("lift_events", rows.schema.names, stream([rows]), "cli")
        yield dsn


def test_the_queries_are_listed_by_question() -> None:
    """`query` alone lists every query by its question, with the window, and no name is cut on a narrow terminal."""
    result = otel_lift("query", COLUMNS="80")
    assert result.returncode == 0
    found = re.findall(r"^│ +(\d+) │ ([a-z0-9-]+) ", result.stdout, re.MULTILINE)
    expected = sorted((named.question, name) for name, named in QUERIES.items())
    assert [(int(question), name) for question, name in found] == expected
    wide = otel_lift("query").stdout
    assert "from=-1d, limit=10" in next(line for line in wide.splitlines() if " failing-endpoints " in line)


def test_an_answer_as_a_table(dsn: str) -> None:
    """`query NAME` prints the title, the columns with their units and the rows."""
    printed = otel_lift("query", "failures-by-event", HOURS, "--dsn", dsn).stdout
    assert "Failures by event" in printed
    assert "mean_response_time (ms)" in printed
    assert "api_error" in printed


def test_a_wide_answer_is_whole_on_a_narrow_terminal(dsn: str) -> None:
    """What does not fit side by side is printed below one another, row by row, nothing cut."""
    printed = otel_lift("query", "error-patterns", HOURS, "--dsn", dsn, COLUMNS="80").stdout
    assert printed.count("f") > 64
    assert "affected_users" in printed
    assert "…" not in printed


def test_an_answer_as_json(dsn: str) -> None:
    """`--format json` prints one object a row, and nothing else; the DSN may come from the environment."""
    result = otel_lift("query", "failures-by-event", HOURS, "-f", "json", OTEL_LIFT_DSN=dsn)
    assert json.loads(result.stdout) == [
        {"event": "api_error", "failures": 7, "mean_response_time": 0.0, "affected_users": 3}
    ]


def test_times_of_an_answer_as_json(dsn: str) -> None:
    """Times are texts as in ISO 8601, in UTC with all their digits."""
    (row,) = json.loads(otel_lift("query", "error-patterns", HOURS, "-f", "json", "--dsn", dsn).stdout)
    first = datetime.fromisoformat(row["first_seen"])
    assert (first.timestamp(), first.tzinfo) == (TODAY, UTC)
    assert re.fullmatch(r"[\d-]{10}T00:00:00\.000000006Z", row["last_seen"])
    nothing = otel_lift("query", "error-patterns", HOURS, "-p", "more_than=7", "-f", "json", "--dsn", dsn)
    assert json.loads(nothing.stdout) == []


def test_an_answer_as_csv(dsn: str) -> None:
    """`--format csv` prints a head and the rows as RFC 4180 has them; parameters reach the query."""
    result = otel_lift("query", "error-patterns", HOURS, "-p", "more_than=6", "-f", "csv", "--dsn", dsn)
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["fingerprint"], row["template"], row["occurrences"]) == ("f" * 64, "no such <id>", "7")
    none = otel_lift("query", "error-patterns", HOURS, "-p", "more_than=7", "-f", "csv", "--dsn", dsn)
    assert none.stdout.splitlines() == result.stdout.splitlines()[:1]


def test_the_window_of_an_answer(dsn: str) -> None:
    """`--from` and `--to` bound the answer; the start is in it, the end is not."""
    start, end = f"{TODAY}", f"{TODAY}.000000003"
    (row,) = json.loads(
        otel_lift("query", "failures-by-event", "--from", start, "--to", end, "-f", "json", "--dsn", dsn).stdout
    )
    assert row["failures"] == 3


def test_an_answer_in_a_file(dsn: str, tmp_path: Path) -> None:
    """`--output` writes a file in any format: Parquet keeps the types, CSV ends its lines as RFC 4180 says."""
    for name in ("parquet", "csv", "table"):
        result = otel_lift("query", "error-patterns", HOURS, "-f", name, "-o", tmp_path / name, "--dsn", dsn)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    table = pq.read_table(tmp_path / "parquet")
    assert table.column_names == list(QUERIES["error-patterns"].columns)
    assert str(table.schema.field("first_seen").type) == "timestamp[ns, tz=UTC]"
    assert table.column("occurrences").to_pylist() == [7]
    assert (tmp_path / "csv").read_bytes().count(b"\r\n") == 2
    assert "Error patterns" in (tmp_path / "table").read_text()


def test_defaults_of_a_configuration_are_taken(dsn: str, tmp_path: Path) -> None:
    """With `--config` the gateway's own defaults of a query hold, and a configuration that has a wrong one is told."""
    file = gateway_file(tmp_path, {"service": {"queries": {"error-patterns": {"more_than": 7, "from": "-2d"}}}})
    asked = ["query", "error-patterns", "-f", "json", "--dsn", dsn]
    assert json.loads(otel_lift(*asked, "-c", file).stdout) == []
    wrong = gateway_file(tmp_path, {"service": {"queries": {"error-patterns": {"more_than": "many"}}}})
    told = message_of(otel_lift(*asked, "-c", wrong))
    assert "service.queries" in told
    assert "parameter 'more_than' of query 'error-patterns' takes a whole number" in told


def test_an_answer_from_rollups_and_from_the_events(dsn: str) -> None:
    """`--raw` asks the events, and answers the same."""
    asked = ["query", "daily-error-stats", HOURS, "-f", "json", "--dsn", dsn]
    (row,) = json.loads(otel_lift(*asked).stdout)
    assert row["errors"] == 7
    assert json.loads(otel_lift(*asked, "--raw").stdout) == [row]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["failures-by-events"], "did you mean 'failures-by-event'?"),
        (["failures-by-event", "-p", "hours=1"], "it has: from, to, service"),
        (["failures-by-event", "--from", "soon"], "parameter 'from' of query 'failures-by-event' takes a time such as"),
        (["failures-by-event", "-p", "service"], "name=value"),
        (["failures-by-event", "--raw"], "has no raw form"),
        (
            ["failures-by-event", "--output", "/nowhere/file"],
            "cannot be written: there is no folder /nowhere",
        ),
        (["failures-by-event", "--dsn", "postgres://127.0.0.1/otel"], "must start with chdb:// or clickhouse://"),
        (["failures-by-event", "--dsn", NOTHING_LISTENS], "does not answer"),
    ],
)
def test_a_question_that_cannot_be_asked(arguments: list[str], told: str) -> None:
    """An unknown query, a wrong parameter, a DSN that is none and a store that is not there are told in one message."""
    assert told in message_of(otel_lift("query", *arguments))


def test_a_password_is_not_told(tmp_path: Path) -> None:
    """The error of a store that cannot be reached does not repeat the DSN's password."""
    result = otel_lift("schema", "diff", "--dsn", "clickhouse://lift:pa55word@127.0.0.1:1/otel")
    assert "pa55word" not in message_of(result)


def test_a_schema_is_compared_applied_and_printed_alike(dsn: str) -> None:
    """`diff` sends to `apply`, which makes all, once; then nothing differs, and given days are followed."""
    fresh = dsn.replace("/otel", "/fresh")
    assert "run `otel-lift schema apply`" in message_of(otel_lift("schema", "diff", "--dsn", fresh))
    applied = otel_lift("schema", "apply", "--dsn", fresh, "--ttl-raw", "7", "--ttl-user-errors", "3")
    assert "0002_lift_events" in applied.stdout, applied.stderr
    assert otel_lift("schema", "diff", "--dsn", fresh, "--ttl-raw", "7", "--ttl-user-errors", "3").returncode == 0
    other = otel_lift("schema", "diff", "--dsn", fresh)
    assert other.returncode == 1
    assert "time to live" in other.stdout
    again = otel_lift("schema", "apply", "--dsn", fresh, "--ttl-raw", "7", "--ttl-user-errors", "3")
    assert "nothing to do" in again.stdout


def test_the_printed_schema_is_what_is_expected(dsn: str) -> None:
    """A store on which the statements of `schema print` were run lacks nothing."""
    printed = otel_lift("schema", "print", "--database", "printed").stdout
    with open_store(dsn.replace("/otel", "/printed")) as store:
        for statement in printed.split(";\n"):
            if statement.strip():
                store.command(statement, use_database=False)
    result = otel_lift("schema", "diff", "--dsn", dsn.replace("/otel", "/printed"))
    assert (result.returncode, result.stdout) == (0, "no difference\n")


def test_the_doctor_finds_nothing(dsn: str, tmp_path: Path) -> None:
    """`doctor` of a gateway that can run has a good word for configuration, ports, disk, spool, keys and store."""
    result = otel_lift("doctor", "-c", gateway_file(tmp_path, {"exporters": {"clickhouse": {"dsn": dsn}}}))
    assert result.returncode == 0, result.stdout
    assert "bad" not in result.stdout
    for word in ("is valid", "receivers.otlp", "service.health", "MiB are free", "spool", "keys", "answers"):
        assert word in result.stdout


def test_the_doctor_tells_which_kernel_runs(dsn: str, tmp_path: Path) -> None:
    """`doctor` says that the pure kernel is slow, and how to have the compiled one."""
    file = gateway_file(tmp_path, {"exporters": {"clickhouse": {"dsn": dsn}}})
    assert "unset OTEL_LIFT_KERNEL, or install" in otel_lift("doctor", "-c", file, OTEL_LIFT_KERNEL="pure").stdout


def test_the_doctor_finds_ports_that_are_taken(tmp_path: Path) -> None:
    """Taken ports, of a receiver and of a page, are bad, each with what to do; who has them is taken for no gateway."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        receiver, health = (f"127.0.0.1:{taken.getsockname()[1]}" for taken in (one, other))
        changes = {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": receiver}}}},
            "service": {"health": {"endpoint": health}},
        }
        result = otel_lift("doctor", "-c", gateway_file(tmp_path, changes))
    assert result.returncode == 1
    bad = [line for line in result.stdout.splitlines() if "│ bad" in line]
    assert len(bad) == 2
    for endpoint in (receiver, health):
        assert any(endpoint in line and "stop the program" in line for line in bad)


def test_the_doctor_finds_keys_and_store_out_of_reach(tmp_path: Path) -> None:
    """Given keys that cannot be read and a store that does not answer are bad, both in one run."""
    changes = {
        "processors": {"pseudonyms": {"keys": {"file": str(tmp_path / "none.keys")}}},
        "exporters": {"clickhouse": {"dsn": NOTHING_LISTENS}},
    }
    result = otel_lift("doctor", "-c", gateway_file(tmp_path, changes))
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    bad = [line for line in result.stdout.splitlines() if "│ bad" in line]
    assert len(bad) == 2
    assert "none.keys" in bad[0]
    assert "does not answer" in bad[1]


def test_the_doctor_finds_tables_that_lack(dsn: str, tmp_path: Path) -> None:
    """Where the gateway may not make tables, those that a store lacks are bad, and the remedy is named."""
    exporter = {"dsn": dsn.replace("/otel", "/nothing"), "create_schema": False}
    result = otel_lift("doctor", "-c", gateway_file(tmp_path, {"exporters": {"clickhouse": exporter}}))
    assert result.returncode == 1
    assert "otel-lift schema apply" in result.stdout


def test_a_gateway_that_cannot_start_says_why(tmp_path: Path) -> None:
    """`run` on a port that is taken ends with one message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        changes = {"receivers": {"otlp": {"protocols": {"http": {"endpoint": endpoint}}}}}
        assert endpoint in message_of(otel_lift("run", "-c", gateway_file(tmp_path, changes)))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_the_doctor_finds_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A data folder that the gateway's user may not write is bad."""
    file = gateway_file(tmp_path)
    (tmp_path / "data").mkdir(mode=0o500)
    result = otel_lift("doctor", "-c", file)
    assert result.returncode == 1
    assert "cannot be written" in result.stdout

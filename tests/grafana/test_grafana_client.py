"""The SQL endpoint as Grafana's plugin meets it: through its own client, clickhouse-go, over HTTP."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import TODAY, errors, spans, stream
from grafana_queries import View, expand, targets

from otel_lift.store import open_store
from otel_lift.store.endpoint import Endpoint, EndpointLimits, serve_endpoint
from otel_lift.store.schema import SchemaOptions, apply

SOURCES = Path(__file__).parent / "go"
NETWORK = ("dial tcp", "no such host", "i/o timeout", "connection refused", "connection reset")
TOKEN = "a token of the tests"
DASHBOARDS = SOURCES.parents[2] / "collector-config" / "grafana" / "dashboards"
LIMITS = EndpointLimits(execution_seconds=40, concurrency=2)
LONG = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))"


@dataclass(slots=True)
class Client:
    """The Go program, which asks one thing after the other."""

    process: "subprocess.Popen[str]"
    request: dict[str, Any] = field(default_factory=dict)

    def ask(self, sql: str = "", **more: Any) -> dict[str, Any]:
        """Send a request of the program's form; answers its columns, types, rows and error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**self.request, "sql": sql, **more}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def rows(self, sql: str, **more: Any) -> list[list[str]]:
        """Answer the rows, each value as text."""
        answer = self.ask(sql, **more)
        assert answer["error"] == ""
        rows: list[list[str]] = answer["rows"]
        return rows


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Serve a store with ten spans, to who has the token."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('client')}/store") as store:
        apply(store, SchemaOptions())
        store.insert_stream("otel_traces", spans(1).schema.names, stream([spans(10)]), "one")
        store.insert_stream("lift_events", errors(1).schema.names, stream([errors(10)]), "two")
        served = serve_endpoint(store, port=0, token=TOKEN, limits=LIMITS)
        yield served
        served.stop()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the client from its sources and the modules that they pin, once for each state of them."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed, so clickhouse-go, the client within Grafana's plugin, was not tried")
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir())))
    built = Path(sys.prefix) / "cache" / f"grafana-client-{state.hexdigest()[:16]}"
    if not built.exists():
        draft = tmp_path_factory.mktemp("go") / "client"
        done = subprocess.run(
            [go, "build", "-mod=readonly", "-buildvcs=false", "-o", draft, "."],
            cwd=SOURCES,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
        if done.returncode and any(sign in done.stderr for sign in NETWORK):
            pytest.skip("no Go modules can be fetched, so clickhouse-go, the client within the plugin, was not tried")
        assert done.returncode == 0, done.stderr
        built.parent.mkdir(exist_ok=True)
        moved = shutil.move(draft, f"{built}.{os.getpid()}")
        Path(moved).replace(built)
    return built


@pytest.fixture(scope="module")
def client(program: Path, endpoint: Endpoint) -> Iterator[Client]:
    """Run the client, set up as the plugin sets it up: HTTP, gzip, the token as password."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Client(process, {"port": endpoint.port, "password": TOKEN, "database": "otel", "compression": "gzip"})
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.timeout(600)
def test_save_and_test(client: Client) -> None:
    """The plugin's check of its settings passes: the greeting, a ping, the version."""
    assert client.ask(ping=True)["error"] == ""
    major, minor = client.rows("SELECT version()")[0][0].split(".")[:2]
    assert (int(major), int(minor)) >= (22, 7), "the least version for which the plugin filters ad hoc"


def test_a_wrong_token_is_told(client: Client) -> None:
    """Without the token the client learns that its password is wrong, in words that the plugin takes for that."""
    for password in ("", "another"):
        error = client.ask(ping=True, password=password)["error"]
        assert "516" in error
        assert "Authentication failed" in error


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_rows_arrive_whole(client: Client, compression: str) -> None:
    """Times to the nanosecond, numbers, maps and texts of low cardinality arrive as they were stored."""
    sql = "SELECT Timestamp, TraceId, Duration, SpanAttributes, ServiceName FROM otel_traces ORDER BY Duration LIMIT 2"
    answer = client.ask(sql, compression=compression)
    assert answer["columns"] == ["Timestamp", "TraceId", "Duration", "SpanAttributes", "ServiceName"]
    first, second = answer["rows"]
    assert (first[1:3], second[1:3]) == (["GET /-0", "0"], ["GET /-1", "1"])
    assert second[3:] == ["map[http.route:GET / key.GET /:1]", "shop"]
    assert client.rows("SELECT toDateTime({second:Int64}, 'UTC')", parameters={"second": str(TODAY)})[0][0].startswith(
        first[0][:19]
    )
    assert second[0].endswith(".000000001Z")


def test_types_of_all_kinds_are_read(client: Client) -> None:
    """The client decodes the types that dashboards use, absent and nested ones among them."""
    sql = """SELECT toNullable(1) AS a, [1, 2] AS b, tuple(1, 'x') AS c, toDecimal64(1.5, 2) AS d, true AS e,
             toDate('2026-01-02') AS f, CAST('x', 'Enum8(\\'x\\' = 1)') AS g, toLowCardinality('y') AS h, NULL AS i,
             nan AS j, CAST(3, 'SimpleAggregateFunction(sum, UInt64)') AS k"""
    answer = client.ask(sql)
    assert answer["error"] == ""
    assert answer["types"][:6] == [
        "Nullable(UInt8)",
        "Array(UInt8)",
        "Tuple(UInt8, String)",
        "Decimal(18, 2)",
        "Bool",
        "Date",
    ]
    assert answer["rows"][0][3:5] == ["1.5", "true"]


def test_an_empty_answer_has_its_columns(client: Client) -> None:
    """A panel without data still learns columns and types."""
    answer = client.ask("SELECT Timestamp AS time, Duration FROM otel_traces WHERE Duration > 99")
    assert answer["error"] == ""
    assert (answer["columns"], answer["rows"]) == (["time", "Duration"], [])
    assert answer["types"] == ["DateTime64(9)", "UInt64"]


def test_settings_and_parameters_reach_the_engine(client: Client) -> None:
    """The plugin's time limit and row limit hold, parameters are bound, and a comment and a time zone do no harm."""
    limited = {"limit": "3", "max_execution_time": "30"}
    assert client.rows("SELECT number FROM numbers(100)", settings=limited) == [["0"], ["1"], ["2"]]
    row = client.rows("SELECT {a:String}, {b:UInt64}", parameters={"a": "it's", "b": "7"})[0]
    assert row == ["it's", "7"]
    assert client.rows("SELECT 1", comment="grafana_user:ann", zone="Europe/Berlin") == [["1"]]


def test_errors_are_clickhouses_own(client: Client) -> None:
    """What is wrong with a query is told in the form by which the plugin knows it from its own faults."""
    for sql, code in (
        ("SELECT nothing FROM otel_traces", 47),
        ("SELECT * FROM nowhere", 60),
        ("DROP TABLE otel_logs", 164),
    ):
        assert f"Code: {code}. DB::Exception" in client.ask(sql)["error"]
    assert client.rows("SELECT 1") == [["1"]]


def test_a_query_that_is_taken_back_ends(client: Client) -> None:
    """A query whose asker goes away is stopped, long before its time limit, and leaves its place to others."""
    assert "deadline exceeded" in client.ask(LONG, cancel_after=300)["error"]
    given_up = time.monotonic() + LIMITS.execution_seconds / 2
    while client.rows("SELECT count() FROM system.processes") != [["1"]]:
        assert time.monotonic() < given_up
        time.sleep(0.02)


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW DATABASES",
        'SHOW TABLES FROM "otel"',
        'DESC TABLE "otel"."otel_traces"',
        "SELECT name FROM system.databases ORDER BY name",
        "SELECT name FROM system.tables WHERE database = 'otel' ORDER BY name",
        "SELECT name, type, table FROM system.columns WHERE database IN ('otel')",
        "SELECT name, is_aggregate, description, syntax, examples FROM system.functions LIMIT 10000",
        "EXPLAIN SELECT count() FROM otel_traces",
        "SELECT arrayJoin(SpanAttributes.keys) AS keys FROM otel_traces LIMIT 1000",
        'SELECT DISTINCT "SpanAttributes"[\'http.route\'] AS value FROM "otel"."otel_traces" ORDER BY value LIMIT 10',
    ],
)
def test_the_editor_sees_the_schema(client: Client, sql: str) -> None:
    """What the plugin asks to offer databases, tables, columns, keys of maps and functions is answered."""
    assert client.rows(sql)


@pytest.mark.parametrize("path", sorted(DASHBOARDS.glob("*.json")), ids=lambda path: path.stem)
def test_the_client_reads_every_panel(client: Client, path: Path) -> None:
    """The client reads the answer of each panel of a dashboard, whatever the types of its columns."""
    dashboard = json.loads(path.read_text("utf-8"))
    values = {variable["name"]: "" for variable in dashboard["templating"]["list"]}
    day = View(datetime.fromtimestamp(TODAY, UTC), datetime.now(UTC), 3600)
    for panel, sql in targets(dashboard):
        answer = client.ask(expand(sql, day, values))
        assert (panel["title"], answer["error"]) == (panel["title"], "")
        assert answer["columns"]

import gzip
import json
import subprocess
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pyarrow as pa
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_engines import spans, stream

from otel_lift.store import open_store
from otel_lift.store.endpoint import Endpoint, EndpointLimits, serve_endpoint
from otel_lift.store.schema import SchemaOptions, apply

pytest_plugins = ["clickhouse_engines"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Serve a store with ten spans, read-only, from this process."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('endpoint')}/store") as store:
        apply(store, SchemaOptions())
        store.insert_stream("otel_traces", spans(1).schema.names, stream([spans(10)]), "one")
        limits = EndpointLimits(execution_seconds=2, concurrency=2, waiting=1, request_bytes=100_000)
        served = serve_endpoint(store, port=0, limits=limits)
        yield served
        served.stop()


@pytest.fixture
def http(endpoint: Endpoint) -> Iterator[httpx.Client]:
    """Speak plain HTTP to the endpoint."""
    with httpx.Client(base_url=f"http://127.0.0.1:{endpoint.port}", timeout=30) as client:
        yield client


_FILES = (
    "output_format_schema",
    "format_schema",
    "format_schema_source",
    "format_template_row",
    "format_template_resultset",
)


def _client(port: int, **options: Any) -> Client:
    return clickhouse_connect.get_client(host="127.0.0.1", port=port, database="otel", **options)


@pytest.mark.parametrize("compress", [False, True, "gzip", "zstd", "lz4"])
def test_the_ordinary_client_reads(endpoint: Endpoint, compress: bool | str) -> None:
    """clickhouse-connect's HTTP client gets rows, types and statistics, with every compression that it offers."""
    client = _client(endpoint.port, compress=compress)
    result = client.query("SELECT TraceId, Duration, SpanAttributes FROM otel_traces ORDER BY Duration LIMIT 2")
    assert result.result_rows[1] == ("GET /-1", 1, {"key.GET /": "1", "http.route": "GET /"})
    assert result.summary["result_rows"] == "2"
    assert int(result.summary["read_rows"]) >= 10
    client.close()


def test_parameters_are_bound(endpoint: Endpoint) -> None:
    """Typed parameters arrive as they were, quotes, tabs and long ones included."""
    client = _client(endpoint.port)
    values = {
        "texts": ["a'b", "tab\t\\ line\n"],
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "long": "z" * 30_000,
    }
    row = client.query(
        "SELECT {texts:Array(String)}, toUnixTimestamp({time:DateTime('UTC')}), length({long:String})",
        parameters=values,
    ).result_rows[0]
    assert row == (["a'b", "tab\t\\ line\n"], 1_767_323_045, 30_000)
    client.close()


def test_an_empty_answer_has_its_columns(endpoint: Endpoint) -> None:
    """A query without a row answers names and types, in Native and in Arrow."""
    client = _client(endpoint.port)
    empty = client.query("SELECT TraceId, Duration FROM otel_traces WHERE Duration > {n:UInt64}", {"n": 99})
    assert (empty.column_names, empty.result_rows) == (("TraceId", "Duration"), [])
    assert [str(kind.name) for kind in empty.column_types] == ["String", "UInt64"]
    table = client.query_arrow("SELECT TraceId FROM otel_traces WHERE Duration > 99")
    assert (table.num_rows, table.column_names) == (0, ["TraceId"])
    client.close()


def test_arrow_is_answered(endpoint: Endpoint) -> None:
    """Arrow answers arrive whole."""
    client = _client(endpoint.port)
    assert client.query_arrow("SELECT sum(Duration) AS n FROM otel_traces").to_pylist() == [{"n": 45}]
    client.close()


def test_curl_reads(endpoint: Endpoint) -> None:
    """Curl gets a ping, rows in a format of the URL's, of a header's or of the query's choice, and compressed ones."""
    base = f"http://127.0.0.1:{endpoint.port}/"

    def curl(*arguments: str) -> str:
        done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, check=True, timeout=30)
        return done.stdout

    assert curl(base + "ping") == "Ok.\n"
    assert curl(base) == "Ok.\n"
    assert curl(base, "-d", "SELECT count() FROM otel_traces") == "10\n"
    assert curl("-G", base, "--data-urlencode", "query=SELECT 1 AS a FORMAT JSONEachRow") == '{"a":1}\n'
    assert curl(base + "?default_format=CSV", "-d", "SELECT 'x', 2") == '"x",2\n'
    assert curl(base, "-H", "X-ClickHouse-Format: JSONEachRow", "-d", "SELECT 2 AS b") == '{"b":2}\n'
    assert curl(base + "?query=SELECT%201%2B", "-d", "1") == "2\n"
    assert curl("--compressed", base + "?enable_http_compression=1", "-d", "SELECT 'zip'") == "zip\n"
    assert curl(base + "?database=system", "-d", "SELECT dummy FROM one") == "0\n"
    assert curl(base + "?param_who=a%27b", "-d", "SELECT {who:String} FORMAT TSVRaw") == "a'b\n"


def test_headers_are_those_of_clickhouse(http: httpx.Client) -> None:
    """The answer says its format, time zone, query id and statistics in ClickHouse's headers."""
    answer = http.post("/?query_id=mine-1", content="SELECT number FROM numbers(5) FORMAT JSONEachRow")
    assert answer.headers["x-clickhouse-query-id"] == "mine-1"
    assert answer.headers["x-clickhouse-format"] == "JSONEachRow"
    assert answer.headers["x-clickhouse-timezone"]
    assert json.loads(answer.headers["x-clickhouse-summary"])["read_rows"] == "5"
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "\n" not in http.post("/?query_id=a%0D%0Ab", content="SELECT 1").headers["x-clickhouse-query-id"]


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT * FROM nowhere", 404, 60),
        ("SELECT nothing FROM otel_traces", 404, 47),
        ("SELEC 1", 400, 62),
        ("SELECT 1 FORMAT NoSuchFormat", 404, 73),
        ("SELECT toUInt8('x')", 400, 6),
        ("DROP TABLE otel_traces", 500, 164),
        ("INSERT INTO otel_traces (TraceId) VALUES ('x')", 500, 164),
        ("INSERT INTO otel_traces (TraceId) FORMAT TSV\nx", 500, 164),
        ("SELECT 1 SETTINGS max_threads = 1", 500, 164),
        ("SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))", 408, 159),
    ],
)
def test_errors_are_those_of_clickhouse(http: httpx.Client, sql: str, status: int, code: int) -> None:
    """A failure has ClickHouse's HTTP status, its number in the header, and its text; the time limit is one of them."""
    answer = http.post("/", content=sql)
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (status, str(code))
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_nothing_can_be_changed_or_reached(http: httpx.Client, tmp_path: Path) -> None:
    """Through the endpoint no file is written or read, no query stopped, and the data stays."""
    for sql in (
        f"SELECT 1 INTO OUTFILE '{tmp_path}/x'",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "KILL QUERY WHERE 1",
        "TRUNCATE TABLE otel_traces",
    ):
        assert http.post("/", content=sql).status_code == 500
        assert http.get("/", params={"query": sql}).status_code == 500
    assert not list(tmp_path.iterdir())
    assert http.post("/", content="SELECT count() FROM otel_traces").text == "10\n"


def test_settings_are_an_allow_list(http: httpx.Client) -> None:
    """A harmless setting is in force; one that could loosen a limit, or is none at all, is refused or capped."""
    assert http.post("/?max_result_rows=1", content="SELECT number FROM numbers(9)").status_code != 200
    quoted = http.post("/?output_format_json_quote_64bit_integers=1", content="SELECT toUInt64(1) a FORMAT JSONEachRow")
    assert quoted.text == '{"a":"1"}\n'
    for name in ("readonly=0&allow_ddl", "user_files_path", "max_server_memory_usage", "x'; DROP", *_FILES):
        assert http.post(f"/?{name}=1", content="SELECT 1").status_code in {400, 500}
    asked = http.post("/?max_execution_time=100000&readonly=0", content="SELECT getSetting('max_execution_time')")
    assert asked.text == "2\n"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_bodies_may_be_compressed_both_ways(http: httpx.Client, encoding: str) -> None:
    """A compressed query is read, and the answer compressed if the client asks for it."""
    packers: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstandard.compress}
    headers = {"content-encoding": encoding, "accept-encoding": encoding}
    with http.stream(
        "POST", "/?enable_http_compression=1", content=packers[encoding](b"SELECT 7"), headers=headers
    ) as raw:
        body = b"".join(raw.iter_raw())
        assert raw.headers["content-encoding"] == encoding
    unpackers: dict[str, Any] = {"gzip": gzip.decompress, "deflate": zlib.decompress, "zstd": zstandard.decompress}
    assert unpackers[encoding](body) == b"7\n"


def test_bad_bodies_are_refused(http: httpx.Client) -> None:
    """Damaged, unknown, cut, over-long and bomb-like bodies are errors of the client, and the endpoint lives on."""
    bomb = gzip.compress(b"SELECT '" + b"a" * 50_000_000 + b"'")
    for body, encoding in (
        (b"not gzip", "gzip"),
        (b"not zstd", "zstd"),
        (b"SELECT 1", "snappy"),
        (gzip.compress(b"SELECT 1")[:-9], "gzip"),
        (b"SELECT '" + b"a" * 200_000 + b"'", "identity"),
        (bomb, "gzip"),
        (b"SELECT '\xff'", "identity"),
    ):
        assert http.post("/", content=body, headers={"content-encoding": encoding}).status_code in {400, 413, 501}
    assert http.post("/?decompress=1", content=b"x").status_code == 400
    assert http.post("/?compress=1", content=b"SELECT 1").status_code == 400
    assert http.post("/", content=b"SELECT 1").text == "1\n"


def test_other_paths_and_methods_are_refused(http: httpx.Client) -> None:
    """Only the root and the ping answer, to GET, HEAD and POST."""
    assert http.get("/play").status_code == 404
    assert http.put("/?query=SELECT%201").status_code == 405
    assert http.head("/ping").status_code == 200
    assert http.post("/", content=b"").status_code == 400


def test_a_foreign_name_for_this_machine_is_refused(http: httpx.Client) -> None:
    """A page whose own name was made to point here gets no answer, since its browser sends that name."""
    assert http.post("/", content="SELECT 1", headers={"host": "evil.example:8123"}).status_code == 401
    for host in ("localhost:8123", "127.0.0.1", "[::1]:8123"):
        assert http.post("/", content="SELECT 1", headers={"host": host}).text == "1\n"


def test_too_many_queries_are_refused_not_queued_for_ever(http: httpx.Client) -> None:
    """Beyond the bound of running and waiting queries a client is told to come again; the others are answered."""
    slow = "SELECT count() FROM numbers(2000000000) WHERE NOT ignore(sipHash64(number))"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.post("/", content=slow), range(8)))
    refused = [answer for answer in answers if answer.headers.get("x-clickhouse-exception-code") == "202"]
    assert 1 <= len(refused) <= 5
    assert http.post("/", content="SELECT 1").text == "1\n"


def test_the_go_client_is_greeted(http: httpx.Client) -> None:
    """clickhouse-go's first query is answered in the encoding of its own revision, and asks for plain blocks after."""
    sql = "SELECT displayName(), version(), revision(), timezone()"
    body = http.post("/?default_format=Native&client_protocol_version=54460", content=sql).content
    info, block = body[:8], body[8:]
    assert info == b"\x01\x00\x02\xff\xff\xff\xff\x00"
    assert block[:2] == b"\x04\x01"
    assert b"\x0arevision()\x06UInt32\x00\x00\x00\x00\x00" in block
    assert b"\x0dtimezone()"[1:] in block


def test_the_ordinary_client_writes_where_that_is_allowed(server_port: int) -> None:
    """In write mode clickhouse-connect makes tables, inserts rows, Arrow and streams with a token, with settings."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=server_port, compress=True)
    client.command("CREATE DATABASE IF NOT EXISTS written ENGINE = Atomic")
    client.database = "written"
    client.command("CREATE OR REPLACE TABLE t (a UInt32, b String, m Map(LowCardinality(String), String)) "
                   "ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100")  # fmt: skip
    client.insert("t", [[1, "x", {"k": "FORMAT v"}], [2, "y'z", {}]], column_names=["a", "b", "m"])
    client.insert_arrow("t", pa.table({"a": pa.array([3], pa.uint32()), "b": ["arrow"]}))
    data = stream([pa.RecordBatch.from_pydict({"a": pa.array([4], pa.uint32())})])
    for _ in range(2):
        client.raw_insert(
            "t", ["a"], data, {"insert_deduplication_token": "once", "async_insert": 0}, fmt="ArrowStream"
        )
    rows = client.query("SELECT a, b, m FROM t ORDER BY a", settings={"max_threads": 1}).result_rows
    assert rows == [(1, "x", {"k": "FORMAT v"}), (2, "y'z", {}), (3, "arrow", {}), (4, "", {})]
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")
    client.command("DROP DATABASE written")
    client.close()


def test_stores_and_endpoint_share_one_engine(endpoint: Endpoint, http: httpx.Client) -> None:
    """Many readers at once get whole answers."""
    with ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(lambda _: http.post("/", content="SELECT count() FROM otel_traces").text, range(30)))
    assert set(texts) == {"10\n"}

import base64
import contextlib
import http.client
import threading
import time
from pathlib import Path

import httpx
import pytest
from clickhouse_engines import server_process

from otel_lift.errors import ConfigError, StoreError
from otel_lift.store import open_store
from otel_lift.store.endpoint import EndpointLimits, serve_endpoint

pytest_plugins = ["clickhouse_engines"]


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    """With a token, clients present it as a password or as a bearer token; others get nothing but the ping."""
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        served = serve_endpoint(store, port=0, token="s3cret-ü")
        base = f"http://127.0.0.1:{served.port}"
        basic = base64.b64encode("anyone:s3cret-ü".encode()).decode()
        with httpx.Client(base_url=base) as client:
            assert client.get("/ping").status_code == 200
            bad: list[dict[str, str]] = [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic ?"}]
            for headers in (*bad, {"X-ClickHouse-Key": "wrong"}):
                answer = client.post("/", content="SELECT 1", headers=headers)
                assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (401, "516")
            assert client.post("/", content="SELECT 1", headers={"Authorization": f"Basic {basic}"}).text == "1\n"
            assert client.get("/", params={"query": "SELECT 1", "password": "s3cret-ü"}).text == "1\n"
        served.stop()


def test_only_loopback_goes_without_a_token(tmp_path: Path) -> None:
    """An address that others can reach needs a token, a server store has no endpoint, and a taken port is told."""
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        with pytest.raises(ConfigError, match="needs a token"):
            serve_endpoint(store, "0.0.0.0", 0)
        served = serve_endpoint(store, port=0)
        with pytest.raises(ConfigError, match="give another endpoint"):
            serve_endpoint(store, port=served.port)
        served.stop()


def test_a_server_has_no_endpoint(server_port: int) -> None:
    """A store that is a server already cannot be served again."""
    with (
        open_store(f"clickhouse://127.0.0.1:{server_port}/default") as store,
        pytest.raises(StoreError, match="server"),
    ):
        serve_endpoint(store, port=0)


def test_stopping_waits_for_running_queries(tmp_path: Path) -> None:
    """A query that runs when the endpoint stops is answered."""
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        served = serve_endpoint(store, port=0)
        answers: list[str] = []
        url = f"http://127.0.0.1:{served.port}/"
        query = "SELECT count() FROM numbers(10000000) WHERE NOT ignore(sipHash64(number))"
        thread = threading.Thread(target=lambda: answers.append(httpx.post(url, content=query, timeout=30).text))
        thread.start()
        running = "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%system.%'"
        while not store.query(running).rows[0][0]:
            assert thread.is_alive()
        served.stop()
        thread.join()
    assert answers == ["10000000\n"]


def test_a_query_ends_when_its_client_goes_away(tmp_path: Path) -> None:
    """A query that nobody waits for any more is stopped long before its time limit."""
    running = "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%system.%'"
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        served = serve_endpoint(store, port=0, limits=EndpointLimits(execution_seconds=60))
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port)) as connection:
            long = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))"
            connection.request("POST", "/", long)
            while not store.query(running).rows[0][0]:
                pass
        given_up = time.monotonic() + 30
        while store.query(running).rows[0][0]:
            assert time.monotonic() < given_up
        served.stop()


def test_the_process_asks_for_the_token_of_its_environment(tmp_path: Path) -> None:
    """The module run as a program takes its token from the environment, and a store uses it as its password."""
    with server_process(tmp_path / "store", "--database", "default", token="pass") as port:
        with open_store(f"clickhouse://any:pass@127.0.0.1:{port}/default") as store:
            assert store.query("SELECT 1").rows[0][0] == 1
        with pytest.raises(StoreError, match="credentials"):
            open_store(f"clickhouse://any:wrong@127.0.0.1:{port}/default")

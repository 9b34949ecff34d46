"""Both engines, each test on an empty database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_engines import server_process, store_on

from otel_lift.store import Store


@pytest.fixture(scope="session")
def server_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a server in another process that takes statements of any kind."""
    with server_process(tmp_path_factory.mktemp("server"), "--write") as port:
        yield port


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, server_port: int) -> Iterator[Store]:
    """Open a store, once on each engine, its database not yet made."""
    with store_on(request.param, tmp_path, server_port) as opened:
        yield opened

"""Erasure where gateways run: late arrivals, restarts, a store that is away, a process that is killed."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_engines import server_process
from gateways import Gateway, gateway, query, until
from numbered_load import GrpcClient
from rights_support import KEYS, PROCESSORS, TABLES, files_holding, last, rows, stored, telemetry
from tcp_proxy import Proxy

from otel_lift.errors import OtelLiftError
from otel_lift.registers import read_tombstones
from otel_lift.rights.columns import rows_holding
from otel_lift.spool import sealed_segments, selected_rows

ALICE, BOB = "alice@example.test", "customer-bob-77"
SIGNALS = ("logs", "traces", "metrics")


def _send(running: Gateway, user: str, at: int | None = None, **attributes: str) -> None:
    requests = telemetry(user, at, **attributes)
    for signal in SIGNALS:
        with closing(GrpcClient(running.ports["grpc"], signal)) as client:
            assert client.send(requests[signal])


def _counts(running: Gateway) -> dict[str, int]:
    return {table: rows(running, table) for table in TABLES}


def test_an_erased_person_stays_erased_through_late_arrivals_and_a_restart(tmp_path: Path) -> None:
    """Of all signals nothing older comes in again; newer telemetry does; and no file or log names anybody."""
    before = time.time_ns()
    with gateway(tmp_path, processors=PROCESSORS) as running:
        for user in (ALICE, BOB):
            _send(running, user, before)
        stored(running, 2)
        answer = last(running.file, "subject erase", ids=[ALICE], actor="tester")
        assert answer["receipt"]["verified"], answer
        assert set(TABLES) < set(answer["rows"])
        assert _counts(running) == dict.fromkeys(TABLES, 1)
        _send(running, ALICE, before)
        _send(running, BOB, before + 1)
        stored(running, 2)
        assert running.total("consent_erased") == 3
        assert running.terminate() == 0
        running.start()
        _send(running, ALICE, before)
        _send(running, ALICE, time.time_ns())
        stored(running, 3)
        assert _counts(running) == dict.fromkeys(TABLES, 3)
        verified = last(running.file, "subject verify", ids=[ALICE])
        assert verified["rows"] == {}
        assert verified["later"]["clickhouse"].keys() >= set(TABLES)
        assert running.terminate() == 0
        assert last(running.file, "subject history", ids=[ALICE])["problems"] == []
        assert files_holding(running.data, [ALICE, BOB]) == []
        assert not running.logged(ALICE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a server in another process."""
    with server_process(tmp_path_factory.mktemp("server"), "--write") as port:
        yield port


def test_the_spool_is_rewritten_while_the_store_is_away(tmp_path: Path, server: int) -> None:
    """What cannot be stored in time loses the person, the rest is stored once, and the receipt says what is pending."""
    database = f"rights_{uuid4().hex}"
    with Proxy(server) as proxy:
        proxy.lose_requests = 1.0
        dsn = f"clickhouse://127.0.0.1:{proxy.port}/{database}"
        with gateway(tmp_path, dsn=dsn, processors=PROCESSORS) as running:
            for user in (ALICE, BOB):
                _send(running, user)
            until(lambda: running.spooled() >= 4, "segments are sealed")
            answer = last(running.file, "subject erase", ids=[ALICE], wait=0.5)
            assert answer["receipt"]["pending"] == ["clickhouse: the store is away"]
            assert not answer["receipt"]["verified"]
            # logs, events, spans, points, and the row that relates the subject to the person
            assert answer["receipt"]["spool"] == 5
            (tombstone,) = read_tombstones(running.data).values()
            select = rows_holding(list(tombstone.subjects.values()))
            assert sum(selected_rows(path, select) for path, _ in sealed_segments(running.data / "spool")) == 0
            proxy.lose_requests = 0.0
            until(lambda: running.spooled() == 0, "all is stored")
            for table in TABLES:
                assert query(server, f"SELECT count() FROM {database}.{table}") == [[1]]
            until(
                lambda: query(server, f"SELECT count() FROM {database}.lift_tombstones")[0][0],
                "the tombstone is there",
            )
            assert last(running.file, "subject verify", ids=[ALICE])["rows"] == {}


def test_an_erasure_that_is_killed_half_way_is_completed_by_a_repetition(tmp_path: Path) -> None:
    """After SIGKILL of the store process in the middle of a deletion nothing is lost of others, and all is done."""
    with gateway(tmp_path, processors=PROCESSORS) as running:
        for _ in range(3):
            _send(running, ALICE)
            _send(running, BOB)
        stored(running, 6)
        note = running.data / "rights" / "settings.json"
        outcome: list[Any] = []

        def erase() -> None:
            try:
                outcome.append(last(running.file, "subject erase", ids=[ALICE]))
            except OtelLiftError as error:
                outcome.append(error)

        erasing = threading.Thread(target=erase)
        erasing.start()
        until(note.exists, "rows are being deleted")
        assert running.kill("store")
        erasing.join(60)
        assert isinstance(outcome[0], OtelLiftError)
        stored(running, 3)
        answer = last(running.file, "subject erase", ids=[ALICE])
        assert answer["receipt"]["verified"], answer
        assert _counts(running) == dict.fromkeys(TABLES, 3)
        sums = query(
            running.ports["sql"], "SELECT sum(occurrences), uniqMerge(affected_users) FROM otel.lift_error_patterns"
        )
        assert [int(one) for one in sums[0]] == [3, 1]
        until(lambda: not note.exists(), "settings are as they were")
        changed = (
            "SELECT count() FROM system.tables WHERE database = 'otel' AND engine_full LIKE '%old_parts_lifetime%'"
        )
        assert query(running.ports["sql"], changed) == [[0]]


def test_another_gateway_follows_an_erasure(tmp_path: Path, server: int) -> None:
    """A gateway on the same store drops what arrives late, once the tombstone has come to it."""
    keys = tmp_path / "keys"
    dsn = f"clickhouse://127.0.0.1:{server}/rights_{uuid4().hex}"
    processors = {**PROCESSORS, "pseudonyms": {"shared": True, "keys": {"file": str(keys)}}}
    keys.write_text(KEYS)
    before = time.time_ns()
    with (
        gateway(tmp_path / "one", dsn=dsn, processors=processors) as one,
        gateway(tmp_path / "two", dsn=dsn, processors=processors) as two,
    ):
        until(lambda: not last(one.file, "subject erase", ids=[ALICE])["receipt"]["pending"], "erased")
        until(lambda: len(read_tombstones(two.data)) == 1, "the tombstone has come")
        _send(two, ALICE, before)
        until(lambda: two.total("consent_erased") == 3, "all is dropped")

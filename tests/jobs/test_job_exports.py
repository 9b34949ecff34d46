"""How jobs hold up exports: the barrier, the pause, and what is known of segments that may be stored."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_process
from gateways import Gateway, free_port, gateway, until
from numbered_load import ClientLog, GrpcClient, holds, load, logs, send_all, stored
from probe_component import install
from tcp_proxy import Proxy

from otel_lift.jobs import perform
from otel_lift.jobs.exports import IdleExports
from otel_lift.pipeline.handed import Handed
from otel_lift.spool import SpoolReader


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "packages", monkeypatch)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run one server for all tests, each of which has a database of its own."""
    with server_process(tmp_path_factory.mktemp("server") / "store", "--write") as port:
        yield port


def _dsn(port: int, database: str) -> str:
    return f"clickhouse://127.0.0.1:{port}/{database}"


def _left(at: Gateway, timeout: float) -> list[Path]:
    (answer,) = perform(at.file, "probe barrier", {"timeout": timeout})
    return [Path(path) for path in answer["left"]]


def test_a_barrier_waits_for_what_was_taken_before_it(tmp_path: Path) -> None:
    """With traffic flowing on, the barrier ends, and all that was acknowledged before it is stored then."""
    with gateway(tmp_path, processors={"probe": None}) as running:
        with load(running.ports, clients=2) as client_log:
            client_log.wait_more(20)
            before = set(client_log.acknowledged)
            assert _left(running, 60) == []
            found = stored(running.ports["sql"], "otel_logs")
            assert {f"r{number}x0" for number in before} <= found.keys()
        assert running.terminate() == 0


def test_a_barrier_tells_what_no_store_took(tmp_path: Path, server: int) -> None:
    """With the store down the barrier ends in time and answers the files; one of two exporters is not enough.

    When the store is back nothing is left. Without a gateway, the files that are there are answered at once.
    """
    port = free_port()
    with Gateway(tmp_path, processors={"probe": None}) as running:
        running.config["exporters"] = {
            "clickhouse": running.exporter(_dsn(server, "up")),
            "clickhouse/down": running.exporter(_dsn(port, "down")),
        }
        for pipeline in running.config["service"]["pipelines"].values():
            pipeline["exporters"] = ["clickhouse", "clickhouse/down"]
        running.write()
        running.start()
        client, client_log = GrpcClient(running.ports["grpc"]), ClientLog()
        send_all(client, client_log, logs, 3)
        client.close()
        until(lambda: holds(server, client_log, database="up"), "one has all")
        left = _left(running, 1.0)
        assert {path.parent.name for path in left} == {"otel_logs", "lift_events"}
        assert all(path.suffix == ".arrow" and path.exists() for path in left)
        (paused, _) = _paused(running)
        assert len(paused) == len(left), "what one of two exporters has stored may not be written anew"
        assert running.terminate() == 0
        assert _left(running, 60.0) == left
        running.start()
        with server_process(tmp_path / "server", "--port", str(port), "--write"):
            assert _left(running, 60.0) == []
            assert running.terminate() == 0


def _spooled(at: Gateway, wanted: int) -> bool:
    return at.spooled() >= wanted


def _paused(at: Gateway) -> tuple[list[str], Any]:
    """Pause and go on at once; answer the tokens, and the last answer."""
    (at.data / "release").touch()
    first, last = perform(at.file, "probe pause", {})
    (at.data / "release").unlink()
    return first["tokens"], last


def test_nothing_is_inserted_in_a_pause(tmp_path: Path) -> None:
    """While a job pauses exports, requests are taken and segments sealed, and none is inserted; then all are."""
    with gateway(tmp_path, processors={"probe": None}) as running:
        client, client_log = GrpcClient(running.ports["grpc"]), ClientLog()
        send_all(client, client_log, logs, 3)
        until(lambda: holds(running.ports["sql"], client_log), "exports work")
        until(lambda: running.spooled() == 0, "the spool is empty")
        pausing = perform(running.file, "probe pause", {})
        assert next(pausing) == {"tokens": []}
        before = stored(running.ports["sql"], "otel_logs")
        for round_ in range(4):
            send_all(client, client_log, logs, 1)
            until(partial(_spooled, running, 2 * round_ + 2), "another segment is sealed")
        assert stored(running.ports["sql"], "otel_logs") == before
        (running.data / "release").touch()
        assert list(pausing) == [{"tokens": None}]
        until(lambda: running.spooled() == 0, "the spool is empty")
        client.close()
        client_log.check(stored(running.ports["sql"], "otel_logs"))
        assert running.terminate() == 0


def _in_flight(running: Gateway) -> bool:
    """Whether a segment that is still there was handed to the exporter."""
    notes = (running.data / "run" / "handed" / "clickhouse").read_text()
    return any(f"{path.parent.name}/{path.name}" in notes for path in (running.data / "spool").glob("*/*.arrow"))


def test_a_pause_waits_for_the_insert_in_flight(tmp_path: Path, server: int) -> None:
    """A pause begins only when the insert that was on its way has ended, and ends with its client."""
    with Proxy(server) as proxy, gateway(tmp_path, dsn=_dsn(proxy.port, "slow"), processors={"probe": None}) as running:
        client, client_log = GrpcClient(running.ports["grpc"]), ClientLog()
        send_all(client, client_log, logs, 1)
        until(lambda: running.total("exported_rows") == 6, "exports work")
        list(perform(running.file, "jobs", {}))
        proxy.hang()
        send_all(client, client_log, logs, 1)
        until(lambda: _in_flight(running), "an insert is on its way")
        begun = threading.Event()
        pausing = perform(running.file, "probe pause", {})

        def pause() -> None:
            next(pausing)
            begun.set()

        thread = threading.Thread(target=pause)
        thread.start()
        # Two seconds in which a pause that does not wait would have begun: nothing tells that one is still waiting.
        assert not begun.wait(2)
        proxy.go_on()
        thread.join(60)
        assert begun.is_set()
        send_all(client, client_log, logs, 1)
        until(lambda: running.spooled() >= 2, "a segment waits")
        (running.data / "release").touch()
        pausing.close()  # type: ignore[attr-defined]  # a generator
        until(lambda: running.spooled() == 0, "exports go on")
        client.close()
        assert running.terminate() == 0


def test_what_was_handed_out_is_known_after_a_crash(tmp_path: Path, server: int) -> None:
    """Of segments whose insert nobody confirmed, exactly those that an exporter was handed count as perhaps stored."""
    with Proxy(server) as proxy, Gateway(tmp_path, dsn=_dsn(proxy.port, "handed"), processors={"probe": None}) as made:
        made.start()
        client, client_log = GrpcClient(made.ports["grpc"]), ClientLog()
        send_all(client, client_log, logs, 1)
        until(lambda: made.total("exported_rows") == 6, "exports work")
        proxy.hang()
        send_all(client, client_log, logs, 1)
        proxy.wait_held()
        # what is held may be a job's question
        until(lambda: made.spooled() >= 2, "its segments are sealed")
        send_all(client, client_log, logs, 1)
        until(lambda: made.spooled() >= 3, "more wait behind it")
        client.close()
        made.kill_all()
        exports = IdleExports(made.data)
        assert len(exports.barrier(0)) >= 3
        segments = list(SpoolReader(made.data / "spool", "clickhouse").segments())
        with exports.paused() as tokens:
            assert tokens == {segments[0].token}
        notes = made.data / "run" / "handed" / "clickhouse"
        boot, *names = notes.read_text().splitlines()
        assert names[-1] == f"{segments[0].table}/{segments[0].path.name}"
        notes.write_text(f"{boot[::-1]}\n")
        with exports.paused() as tokens:
            assert tokens == {segment.token for segment in segments}, "notes of another boot may lack the last ones"


def test_notes_are_kept_small(tmp_path: Path) -> None:
    """Of thousands of segments those that are gone are forgotten, and those that are there are not."""
    folder = tmp_path / "spool" / "otel_logs"
    folder.mkdir(parents=True)
    handed = Handed(tmp_path, "one/two")
    assert handed.names() == set()
    kept = folder / "kept.arrow"
    kept.touch()
    handed.note(kept)
    for number in range(6_000):
        handed.note(folder / f"{number}.arrow")
    handed.note(kept)
    handed.close()
    assert Handed.exporters(tmp_path) == ["one/two"]
    assert Handed(tmp_path, "one/two").names() == {"otel_logs/kept.arrow"}
    (notes,) = (tmp_path / "run" / "handed").iterdir()
    assert len(notes.read_text().splitlines()) < 3_000

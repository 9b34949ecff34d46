"""Acknowledged is stored, exactly once, whatever is killed (docs: R1 of the reliability cases)."""

import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from clickhouse_engines import server_process
from gateways import Gateway, gateway, until
from numbered_load import ClientLog, holds, load, stored

# Of one round, in an order of chance: a new supervisor at its end forgets the pauses that grow with each death.
_ROUND = ("ingest", "ingest", "store")


def _targets(chance: random.Random, kills: int) -> Iterator[str]:
    for _ in range(0, kills, len(_ROUND) + 1):
        yield from chance.sample(_ROUND, len(_ROUND))
        yield "everything"


def _kill(target: str, running: Gateway, chance: random.Random, client_log: ClientLog, *, early: bool) -> None:
    """Kill at a random moment of work that is under way, or `early`, while something may be starting."""
    if not early:
        client_log.wait_more(2)
        until(lambda: running.child("store") and running.child("ingest"), "both processes run")
    elif target != "everything":
        until(partial(running.child, target), f"a {target} process")
    time.sleep(chance.uniform(0, 0.6))  # the moment itself is the test's subject: any will do
    if target == "everything":
        running.kill_all()
        running.launch()
    else:
        running.kill(target)


def _kill_under_load(folder: Path, kills: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown by pytest with a failure
    chance = random.Random(seed)
    with gateway(folder) as running:
        with load(running.ports) as client_log:
            before = ""
            for target in _targets(chance, kills):
                # The death of a process in the gateway's own start ends the start: nothing would start it again.
                may_be_early = before != "everything"
                _kill(target, running, chance, client_log, early=may_be_early and chance.random() < 0.2)
                before = target
            client_log.wait_more(20)
        until(lambda: holds(running.ports["sql"], client_log), "all is stored")
        assert running.terminate() == 0
        assert running.spooled() == 0
    assert len(client_log.acknowledged) >= 2 * kills
    _check_store(running, client_log)


def _check_store(running: Gateway, client_log: ClientLog) -> None:
    with server_process(running.data / "store") as port:
        logs, events = stored(port, "otel_logs"), stored(port, "lift_events")
    client_log.check(logs)
    client_log.check(events)
    # One request's rows of both tables are one commit.
    assert logs.keys() == events.keys()


def test_each_acknowledged_request_is_stored_once_through_kills(tmp_path: Path) -> None:
    """Twenty kills at random moments under load, of ingest, store or everything, lose nothing and double nothing."""
    _kill_under_load(tmp_path, 20)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_each_acknowledged_request_is_stored_once_through_many_kills(tmp_path: Path) -> None:
    """A hundred kills lose and double nothing."""
    _kill_under_load(tmp_path, 100)


def test_a_dead_process_is_started_again(tmp_path: Path) -> None:
    """After the ingest process and the store process died, requests succeed again and reach the store."""
    with gateway(tmp_path) as running:
        with load(running.ports, clients=2) as client_log:
            for name in ("ingest", "store"):
                client_log.wait_more(5)
                assert running.kill(name)
                until(partial(running.child, name), f"another {name}")
            until(running.ready, "ready again")
            client_log.wait_more(20)
        until(lambda: holds(running.ports["sql"], client_log), "all is stored")
        assert running.logged("ingest-0 ended with -9")
        assert running.logged("store ended with -9")
        assert running.terminate() == 0
    _check_store(running, client_log)


def test_no_process_outlives_its_supervisor(tmp_path: Path) -> None:
    """When the supervisor is killed its children end by themselves, and a new one takes their ports and their spool."""
    with gateway(tmp_path) as running:
        with load(running.ports, clients=2) as client_log:
            client_log.wait_more(10)
            children = running.children()
            assert len(children) == 2
            running.supervisor.kill()
            running.supervisor.wait(10)
            _, left = psutil.wait_procs(children, timeout=30)
            assert left == []
            running.start()
            client_log.wait_more(10)
        until(lambda: holds(running.ports["sql"], client_log), "all is stored")
        assert running.terminate() == 0
    _check_store(running, client_log)

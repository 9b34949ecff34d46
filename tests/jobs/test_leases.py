"""Who leads: one of the gateways that write to a server, and another one when it is gone."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gateways import until

from otel_lift.jobs import OpenStore
from otel_lift.jobs.leases import Lease
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

pytest_plugins = ["clickhouse_engines"]


@pytest.fixture(scope="module")
def server(server_port: int) -> Iterator[OpenStore]:
    """Open a database of a server."""
    with open_store(f"clickhouse://127.0.0.1:{server_port}/leases") as store:
        options = SchemaOptions(database="leases")
        apply(store, options)
        yield OpenStore("clickhouse", store, options)


@pytest.fixture
def opened(server: OpenStore) -> OpenStore:
    """Answer the database without leases."""
    server.store.command("TRUNCATE TABLE leases.lift_leases")
    return server


def _second(opened: OpenStore) -> OpenStore:
    """Answer the same database over connections of its own."""
    return replace(opened, store=Store(opened.store.dsn))


def test_one_leads_until_it_gives_back(opened: OpenStore) -> None:
    """The first has it and renews it, the second knows whose it is, and has it once the first gave it back."""
    first, second = Lease("a", opened), Lease("b", _second(opened))
    assert first.take()
    assert not second.take()
    assert (second.leader, first.held, second.held) == ("a", True, False)
    assert first.take()
    first.give_back()
    assert not first.held
    assert second.take()
    assert not first.take()
    assert first.leader == "b"


def test_what_a_dead_gateway_leaves_ends_by_itself(opened: OpenStore) -> None:
    """A lease that nobody renews is another's after its time, and its holder counts on it no longer than that."""
    dead, heir = Lease("a", opened, seconds=0.5), Lease("b", _second(opened), seconds=0.5)
    assert dead.take()
    assert not heir.take()
    until(heir.take, "the lease is another's")
    assert not dead.held
    assert not dead.take()


def test_two_that_want_it_at_once_never_both_have_it(opened: OpenStore) -> None:
    """Of gateways that start together at most one leads at a time, and after some tries one does."""
    leases = [Lease(name, _second(opened)) for name in ("a", "b", "c")]
    for _ in range(5):
        gate = threading.Barrier(len(leases))
        taken: list[str] = []

        def race(lease: Lease, gate: threading.Barrier = gate, taken: list[str] = taken) -> None:
            gate.wait()
            if lease.take():
                taken.append(lease.leader)

        threads = [threading.Thread(target=race, args=(lease,)) for lease in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) <= 1
        until(lambda: any(lease.take() for lease in leases), "one leads")
        assert sum(lease.take() for lease in leases) == 1
        for lease in leases:
            lease.give_back()

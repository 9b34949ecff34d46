"""Deletions of several gateways in one store, and such as fail: nothing waits for ever."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from clickhouse_engines import server_port  # noqa: F401 - a fixture
from rights_support import Place, place

from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs import JobContext
from otel_lift.rights.needles import needles
from otel_lift.rights.rows import delete, finish
from otel_lift.rights.turns import STALE, turn

NOW = int(time.time())
_ONE, _OTHER = "1" * 32, "2" * 32
_LEFT = "SELECT count() FROM system.tables WHERE match(name, '^lift_(erasing|deleting)_')"
_STUCK = "SELECT count() FROM system.mutations WHERE NOT is_done"


@pytest.fixture(params=["embedded", "server"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Open a place, once on each engine."""
    dsn = f"chdb://{tmp_path}/store"
    if request.param == "server":
        dsn = f"clickhouse://127.0.0.1:{request.getfixturevalue('server_port')}/turns_{uuid4().hex}"
    with place(tmp_path, dsn) as made:
        yield made


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """Open a place with the embedded engine."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as made:
        yield made


def _in_database(here: Place, sql: str) -> int:
    (count,) = here.one(f"{sql} AND database = '{here.options.database}'")
    return int(count)


def _logs(here: Place, *bodies: str) -> None:
    here.insert("otel_logs", [{"Timestamp": NOW, "Body": body} for body in bodies])


def test_a_mutation_that_cannot_succeed_is_ended_and_the_next_one_works(here: Place) -> None:
    """A mutation that fails raises, and leaves neither itself nor tables behind; a later deletion does its work."""
    _logs(here, "a", "b", "c")
    with here.context() as context:
        opened = context.stores[0]
        # only a mutation, in the background, has no query
        with needles(context, opened, ["a"]) as found:
            failing = {"otel_logs": f"Body IN ({found.values}) AND throwIf(initialQueryID() = '') = 0"}
            with pytest.raises(StoreUnavailableError):
                delete(context, opened, failing)
        assert (_in_database(here, _STUCK), _in_database(here, _LEFT)) == (0, 0)
        with needles(context, opened, ["a", "b"]) as found:
            deleted = delete(context, opened, {"otel_logs": f"Body IN ({found.values})"})
    assert (deleted.rows, deleted.pending) == ({"otel_logs": 2}, ())


def test_a_mutation_ends_before_the_table_that_it_names_is_dropped(here: Place) -> None:
    """What is under way at the end of the block that made its needles is ended, and blocks nothing."""
    _logs(here, "a", "b")
    with here.context() as context:
        opened = context.stores[0]
        with needles(context, opened, ["a"]) as found:
            failing = f"Body IN ({found.values}) AND throwIf(initialQueryID() = '') = 0"
            opened.store.command(
                f"ALTER TABLE {here.options.qualified('otel_logs')} DELETE WHERE {failing}",
                settings={"mutations_sync": 0},
            )
            assert _in_database(here, _STUCK) == 1
    assert (_in_database(here, _STUCK), _in_database(here, _LEFT)) == (0, 0)


def test_a_gateway_waits_while_another_one_deletes(here: Place) -> None:
    """The turn is one gateway's; another one is told so, and has it when the first one is done."""
    with here.context() as context:
        one, other = replace(context, gateway=_ONE), replace(context, gateway=_OTHER)
        opened = context.stores[0]
        with turn(one, opened), pytest.raises(StoreUnavailableError), turn(other, opened, 0.3):
            pass
        with turn(other, opened, 0.3):
            pass
    assert _in_database(here, _LEFT) == 0


def test_the_turn_of_a_gateway_that_is_gone_ends(embedded: Place) -> None:
    """Without a sign of life for some minutes a turn counts no more, and what its gateway left is cleaned up."""
    database = embedded.options.database
    with embedded.context() as context:
        opened = context.stores[0]
        embedded.store.command(f"CREATE TABLE {database}.lift_deleting_{_OTHER} (nothing UInt8) ENGINE = Memory")
        embedded.store.command(f"CREATE TABLE {database}.lift_erasing_{_OTHER}_0 (needle String) ENGINE = Memory")
        with pytest.raises(StoreUnavailableError), turn(replace(context, gateway=_ONE), opened, 0.3):
            pass
        (file,) = embedded.store.engine.path.rglob(f"lift_deleting_{_OTHER}.sql")
        os.utime(file, (NOW - 2 * STALE, NOW - 2 * STALE))
        with turn(replace(context, gateway=_ONE), opened, 0.3):
            pass
    assert _in_database(embedded, _LEFT) == 0


def test_a_gateway_takes_up_its_own_turn_after_a_crash(embedded: Place) -> None:
    """What a gateway left by its own crash is dropped at once."""
    with embedded.context() as context:
        embedded.store.command(
            f"CREATE TABLE {embedded.options.qualified('lift_deleting_' + context.gateway.replace('-', ''))} "
            "(nothing UInt8) ENGINE = Memory"
        )
        assert finish(context, context.stores[0]) == ()
    assert _in_database(embedded, _LEFT) == 0


def test_gateways_that_delete_at_once_do_not_stop_each_other(
    tmp_path: Path,
    server_port: int,  # noqa: F811 - the fixture
) -> None:
    """Two gateways delete different rows of one table again and again; all of them go, and nothing else."""

    def deletes(context: JobContext, bodies: list[str]) -> list[tuple[str, ...]]:
        pending = []
        for body in bodies:
            with needles(context, context.stores[0], [body]) as found:
                pending.append(delete(context, context.stores[0], {"otel_logs": f"Body IN ({found.values})"}).pending)
        return pending

    with place(tmp_path, f"clickhouse://127.0.0.1:{server_port}/turns_{uuid4().hex}") as here:
        first, second = ["a1", "a2", "a3"], ["b1", "b2", "b3"]
        _logs(here, *first, *second, "kept")
        with here.context() as context, ThreadPoolExecutor(2) as pool:
            one = replace(context, gateway=_ONE, data=tmp_path / "one")
            other = replace(context, gateway=_OTHER, data=tmp_path / "other")
            done = [pool.submit(deletes, one, first), pool.submit(deletes, other, second)]
            assert [future.result() for future in done] == [[()] * 3] * 2
        assert [row[0] for row in here.store.query("SELECT Body FROM otel_logs").rows] == ["kept"]
        assert (_in_database(here, _STUCK), _in_database(here, _LEFT)) == (0, 0)

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from clickhouse_engines import server_process

from otel_lift.errors import StoreError, StoreUnavailableError
from otel_lift.store import Store, open_store

pytest_plugins = ["clickhouse_engines"]


def test_a_second_process_is_told_who_has_the_store(tmp_path: Path) -> None:
    """A folder that another process has open is refused with that process's id, and can be had once it is free."""
    refused = pytest.raises(StoreUnavailableError, match=r"open in another process \(pid \d+\)")
    with server_process(tmp_path / "store"), refused:
        open_store(f"chdb://{tmp_path}/store")
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        assert store.ping()


def test_one_process_may_open_one_folder_many_times(tmp_path: Path) -> None:
    """Several stores of a process share the engine, and each may be closed on its own."""
    dsn = f"chdb://{tmp_path}/store?database=default"
    first, second = open_store(dsn), open_store(dsn)
    first.command("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    first.close()
    assert second.query("SELECT count() FROM t").rows[0][0] == 0
    second.close()


def test_a_query_that_fails_leaves_nothing_in_the_next_answer(tmp_path: Path) -> None:
    """What a query had written when it failed stands in front of no other answer."""
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        with pytest.raises(StoreError, match="planted"):
            store.query_arrow("SELECT throwIf(number = 2, 'planted') FROM numbers(3)")
        assert store.query_arrow("SELECT number FROM numbers(3)").column("number").to_pylist() == [0, 1, 2]


def test_a_second_folder_in_one_process_is_refused(tmp_path: Path) -> None:
    """The engine can have one folder in a process: another is an error that names the first."""
    with open_store(f"chdb://{tmp_path}/one"), pytest.raises(StoreError, match="already runs the embedded store on"):
        open_store(f"chdb://{tmp_path}/two")


def test_unknown_engine_options_are_refused(tmp_path: Path) -> None:
    """A misspelt option, which the engine would take in silence, is an error; a right one is in force."""
    with pytest.raises(StoreError, match="max_server_memory"):
        open_store(f"chdb://{tmp_path}/store?max_server_memory=1")
    with open_store(f"chdb://{tmp_path}/store?database=default&mark_cache_size=12345678") as store:
        value = store.query("SELECT value FROM system.server_settings WHERE name = 'mark_cache_size'").rows[0][0]
    assert value == "12345678"


def test_each_thread_has_a_connection(tmp_path: Path) -> None:
    """Queries of many threads run side by side on one store."""
    with open_store(f"chdb://{tmp_path}/store?database=default") as store:
        answers: list[int] = []
        work = [
            threading.Thread(target=lambda n=n: answers.append(store.query(f"SELECT {n}").rows[0][0])) for n in range(8)
        ]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
    assert sorted(answers) == list(range(8))


def test_signals_reach_the_main_thread_during_a_query(tmp_path: Path) -> None:
    """A signal handler of Python runs while the main thread waits for a long query."""
    program = f"""
import signal, sys, threading
from otel_lift.store import open_store
store = open_store("chdb://{tmp_path}/store?database=default")
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(len(done)))
done = []
signal.setitimer(signal.ITIMER_REAL, 0.2)
store.query("SELECT sleep(1)")
done.append(1)
store.close()
sys.exit(0 if seen == [0] else 1)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_the_folder_is_private(tmp_path: Path) -> None:
    """The store's folder is made for its owner only."""
    with open_store(f"chdb://{tmp_path}/store?database=default"):
        assert (tmp_path / "store").stat().st_mode & 0o077 == 0


def test_capabilities_say_what_the_engine_is(store: Store) -> None:
    """A store tells whether it is embedded or a server, and its version."""
    capabilities = store.capabilities
    assert capabilities.engine == ("embedded" if store.dsn.embedded else "server")
    assert capabilities.local_files == store.dsn.embedded
    assert capabilities.version.count(".") >= 2

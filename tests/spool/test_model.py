"""R6: any sequence of writes, exports, failures, kills and losses of power, on a simulated disk."""

import errno
import tempfile
from pathlib import Path
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from spool_support import EVENTS, LOGS, Store, outcome, rows, writer

from otel_lift.errors import BackpressureError
from otel_lift.spool import SpoolReader, SpoolWriter, recover
from otel_lift.testing.files import SimulatedDisk, SimulatedFiles

EXPORTERS = ("clickhouse", "otlp/onward")
OPERATIONS = ("create", "write", "sync", "sync_folder", "rename", "unlink", "append_to", "truncate")


class SpoolMachine(RuleBasedStateMachine):
    """Two writers and two exporters on one folder; the client's log of answers is the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self._temporary.name) / "spool"
        self.disk = SimulatedDisk()
        self.stores = {name: Store() for name in EXPORTERS}
        self.acknowledged: list[range] = []
        self.in_doubt: list[range] = []
        self.refused: list[range] = []
        self.both: dict[range, bool] = {}
        self.next_id = 0
        self.writers: list[tuple[SpoolWriter, SimulatedFiles]] = []
        self.readers = {name: SpoolReader(self.folder, name, self.disk.process()) for name in EXPORTERS}

    @initialize()
    def begin(self) -> None:
        """Start both processes."""
        self._start_writers()

    @rule(which=st.integers(0, 1), count=st.integers(1, 8), both=st.booleans())
    def write(self, which: int, count: int, both: bool) -> None:
        """Send a request for one table or for two, and log its answer."""
        ids = range(self.next_id, self.next_id + count)
        self.next_id += count
        groups = [rows(ids, LOGS), rows(ids if both else [], EVENTS)]
        error = outcome(self.writers[which][0].write(groups, EXPORTERS))
        if error is None:
            self.acknowledged.append(ids)
        elif isinstance(error, BackpressureError):
            self.refused.append(ids)
        else:
            self.in_doubt.append(ids)
        self.both[ids] = both

    @rule(which=st.integers(0, 1))
    def flush(self, which: int) -> None:
        """Seal what is open."""
        self.writers[which][0].flush()

    @rule(
        which=st.integers(0, 1),
        operation=st.sampled_from(OPERATIONS),
        code=st.sampled_from([errno.EIO, errno.ENOSPC]),
        skip=st.integers(0, 4),
        times=st.integers(1, 3),
    )
    def fail(self, which: int, operation: str, code: int, skip: int, times: int) -> None:
        """Let an operation of a process fail now and then."""
        self.writers[which][1].fail(operation, code, skip=skip, times=times)

    @rule(which=st.integers(0, 1), operations=st.integers(0, 25))
    def die_soon(self, which: int, operations: int) -> None:
        """Let a process die in the middle of what it will do."""
        self.writers[which][1].die_after(operations)

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        """Kill a process and start its successor."""
        old, files = self.writers[which]
        files.kill()
        old.close()
        self._recover()
        new = self.disk.process()
        self.writers[which] = (writer(self.folder, new, segment_max_rows=20), new)

    @rule(which=st.integers(0, 1))
    def stop(self, which: int) -> None:
        """Stop a process in an orderly way and start its successor."""
        self.writers[which][0].close()
        self.restart(which)

    @rule(seed=st.integers(0, 2**32))
    def lose_power(self, seed: int) -> None:
        """Turn the machine off and on."""
        for _, files in self.writers:
            files.kill()
        for old, _ in self.writers:
            old.close()
        self.disk.lose_power(Random(seed))
        self._recover()
        self._start_writers()
        self.readers = {name: SpoolReader(self.folder, name, self.disk.process()) for name in EXPORTERS}

    @rule(exporter=st.sampled_from(EXPORTERS), limit=st.integers(1, 4), lost_reply=st.booleans())
    def export(self, exporter: str, limit: int, lost_reply: bool) -> None:
        """Insert some segments; a lost reply leaves them to be inserted again."""
        reader = self.readers[exporter]
        for segment in list(reader.segments())[:limit]:
            self.stores[exporter].insert(segment)
            if not lost_reply:
                reader.done(segment)

    @rule()
    def recover_beside_live_writers(self) -> None:
        """Start a third process, whose recovery must leave the living alone."""
        self._recover()

    def teardown(self) -> None:
        """Deliver everything to both exporters and compare with the log."""
        for old, _ in self.writers:
            old.close()
        self._recover()
        for name, store in self.stores.items():
            store.drain(self.folder, name)
            logs, events = store.count(LOGS), store.count(EVENTS)
            for ids in self.acknowledged:
                assert all(logs[i] == 1 for i in ids), f"acknowledged {ids}: {logs}"
            for ids in self.refused:
                assert not any(logs[i] for i in ids)
            for ids in self.in_doubt:
                assert len({logs[i] for i in ids}) == 1
                assert all(logs[i] <= 1 for i in ids)
            for ids, both in self.both.items():
                assert all(events[i] == (logs[i] if both else 0) for i in ids)
        left = [path.name for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".tmp"]
        assert left in ([], ["id"])
        self._temporary.cleanup()

    def _start_writers(self) -> None:
        processes = [self.disk.process(), self.disk.process()]
        self.writers = [(writer(self.folder, files, segment_max_rows=20), files) for files in processes]

    def _recover(self) -> None:
        report = recover(self.folder, self.disk.process())
        assert not report.failed
        assert not report.quarantined


@pytest.mark.parametrize(
    "sequences", [200, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(0)])], ids=str
)
def test_nothing_acknowledged_is_lost_or_doubled(sequences: int) -> None:
    """No acknowledged row is lost, doubled or torn from its other table, whatever happens."""
    options = settings(
        max_examples=sequences,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(SpoolMachine, settings=options)

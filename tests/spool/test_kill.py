"""R1 at the level of the spool: a writing process is killed at random points, and its own log is the oracle."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from spool_support import EVENTS, LOGS, Store

from otel_lift.spool import recover

_WRITER = """
import sys
from pathlib import Path
from concurrent.futures import Future
sys.path.insert(0, {tests!r})
from spool_support import EVENTS, LOGS, STORE, rows, writer
spool = writer(Path({folder!r}), segment_max_age=0.02, segment_max_rows=200)
start, pending = int(sys.argv[1]), []
while True:
    ids = range(start, start + 1 + start % 37)
    start = ids.stop
    def tell(future: Future, ids=ids) -> None:
        # One write of a line to a pipe is whole or absent.
        if future.exception() is None:
            sys.stdout.write(f"{{ids.start}} {{ids.stop}}\\n")
            sys.stdout.flush()
    future = spool.write([rows(ids, LOGS), rows(ids, EVENTS)], [STORE])
    future.add_done_callback(tell)
    pending = [f for f in pending if not f.done()] + [future]
    if len(pending) > 8:
        pending[0].exception()
"""


def _kill_a_writer(folder: Path, start: int, delay: float) -> list[range]:
    """Run a writer, kill it some time after its first answer, and answer what it was told is safe."""
    code = _WRITER.format(tests=str(Path(__file__).parents[1]), folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", code, str(start)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline()]
        timer = threading.Timer(delay, os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        lines += process.stdout.readlines()
    return [range(*map(int, line.split())) for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.soak)])
def test_each_acknowledged_row_survives_a_kill_exactly_once(tmp_path: Path, kills: int) -> None:
    """What was acknowledged before a SIGKILL is recovered once, in both tables, and nothing is there twice."""
    folder, store, chance = tmp_path / "spool", Store(), random.Random(20261121)
    acknowledged: list[range] = []
    for kill in range(kills):
        answered = _kill_a_writer(folder, kill * 1_000_000, chance.uniform(0.0, 0.15))
        assert answered
        acknowledged += answered
        report = recover(folder)
        assert (report.quarantined, report.failed) == ([], [])
        if chance.random() < 0.5:
            store.drain(folder)
    store.drain(folder)
    logs, events = store.count(LOGS), store.count(EVENTS)
    assert all(logs[i] == 1 for ids in acknowledged for i in ids)
    assert logs == events
    assert set(logs.values()) == {1}

"""The gateway's own counters, from the process that counts to the page."""

import os
import subprocess
import sys
from pathlib import Path

from gateways import until

from otel_lift.service.metrics import FOLDER_VARIABLE, totals

_COUNT = """
from concurrent.futures import ThreadPoolExecutor
from otel_lift.service.metrics import PrometheusMeter
meter = PrometheusMeter()
with ThreadPoolExecutor(4) as pool:
    for done in [pool.submit(lambda: [meter.count("taken", 2, kind="a") for _ in range(1000)]) for _ in range(4)]:
        done.result()
meter.count("taken", 1, kind="b")
"""
_PAGE = "import sys; from otel_lift.service.metrics import page; sys.stdout.buffer.write(page())"


def _run(folder: Path, program: str) -> str:
    environment = os.environ | {FOLDER_VARIABLE: str(folder)}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def _counted(folder: Path) -> dict[str, float]:
    return {labels["kind"]: value for labels, value in totals(_run(folder, _PAGE)).get("taken", [])}


def test_all_that_was_counted_is_on_the_page(tmp_path: Path) -> None:
    """What threads count at once is added up, and nothing is lost when the process exits at once; processes add."""
    for runs in (1, 2):
        _run(tmp_path, _COUNT)
        assert _counted(tmp_path) == {"a": 8000 * runs, "b": runs}


def test_counts_show_while_the_process_runs(tmp_path: Path) -> None:
    """A process need not exit, nor count again, for its counts to reach the page."""
    program = f"{_COUNT}\ninput()"
    environment = os.environ | {FOLDER_VARIABLE: str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdin=subprocess.PIPE) as process:
        until(lambda: _counted(tmp_path) == {"a": 8000, "b": 1}, "the counts are on the page")
        assert process.poll() is None
        process.kill()

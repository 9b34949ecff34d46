"""npm packages for tests: installed from a lock file once for each state of it, beside the virtual environment.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["install"]

_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


def install(folder: Path, draft: Path, then: tuple[str, ...] = ()) -> Path:
    """Copy `folder` to the cache, install what its lock file names and run `then` there; answer the copy.

    The work is done in `draft`, which must not exist. Skips the test, saying so, where there is no npm or no registry.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"node and npm are not installed, so {folder.name} was not tried")
    state = hashlib.sha256(repr(then).encode())
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        state.update(path.read_bytes())
    installed = Path(sys.prefix) / "cache" / f"{folder.name}-{state.hexdigest()[:16]}"
    if installed.exists():
        return installed
    shutil.copytree(folder, draft)
    done = _run((npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"), draft)
    if done.returncode and any(code in done.stderr for code in _NETWORK):
        pytest.skip(f"no package registry can be reached, so {folder.name} was not tried")
    assert done.returncode == 0, done.stderr
    if then:
        done = _run(then, draft)
        assert done.returncode == 0, done.stderr
    installed.parent.mkdir(exist_ok=True)
    try:
        moved = shutil.move(draft, f"{installed}.{os.getpid()}")
        Path(moved).rename(installed)
    except OSError:
        assert installed.exists()  # another worker was first
    return installed


def _run(command: tuple[str, ...], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)

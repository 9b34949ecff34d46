"""The benchmark's own environment, `benchmarks/.env/`: the peers, made once. Nothing of it is committed."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

__all__ = ["FOLDER", "SITE_PACKAGES", "collector", "loud", "rotel"]

FOLDER = Path(__file__).parent / ".env"
"""Where peers, payloads and the data of runs live: on the disk of the checkout, since a sync must cost its due."""

_PEERS = Path(__file__).parent / "peers"
_VENV = FOLDER / "venv"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
SITE_PACKAGES = [_VENV / "lib" / _PYTHON / "site-packages"]
"""What the sink needs beside our own environment."""


def loud(message: str) -> None:
    """Say what the reader of the tables must know, where they cannot miss it."""
    print(f"\n**{message}**\n", flush=True)


@cache
def rotel() -> Path | None:
    """Answer the path of Rotel's agent, installed at first use; none, said loudly, where it cannot be had."""
    agent = SITE_PACKAGES[0] / "rotel" / "rotel-agent"
    if not agent.exists():
        try:
            _install("--pre", "rotel")
        except (OSError, subprocess.CalledProcessError) as error:
            loud(f"Rotel cannot be installed here, so nothing is compared with it: {_why(error)}")
            return None
    return agent


@cache
def collector() -> Path | None:
    """Answer the path of an OpenTelemetry Collector, built at first use; none, said loudly, where it cannot be had."""
    built = FOLDER / "collector" / "collector"
    if built.exists():
        return built
    go = shutil.which("go")
    if go is None:
        loud("Go is not installed, so nothing is compared with the OpenTelemetry Collector")
        return None
    try:
        _install("clickhouse-cityhash")
        shutil.copytree(_PEERS / "collector", built.parent, dirs_exist_ok=True)
        print("building the OpenTelemetry Collector, which takes some minutes ...", file=sys.stderr, flush=True)
        for step in (["mod", "tidy"], ["build", "-trimpath", "-o", str(built), "."]):
            subprocess.run([go, *step], cwd=built.parent, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        loud(f"The OpenTelemetry Collector cannot be built here, so nothing is compared with it: {_why(error)}")
        return None
    return built


def _install(*what: str) -> None:
    if not _VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True, capture_output=True, text=True)
    command = [str(_VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", *what]
    subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return (said.strip().splitlines() or ["no reason was given"])[-1]

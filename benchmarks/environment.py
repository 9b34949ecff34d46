"""The benchmark's own environment, `benchmarks/.env/`: the peers, made once. Nothing of it is committed."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

__all__ = ["FOLDER", "SITE_PACKAGES", "collector", "presidio", "rotel", "rotel_variables", "versions"]

FOLDER = Path(__file__).parent / ".env"
"""Where peers, payloads and the data of runs live: on the disk of the checkout, since a sync must cost its due."""

_COLLECTOR = Path(__file__).parent / "peers" / "collector"
_VENV = FOLDER / "venv"
_PRESIDIO = FOLDER / "presidio"  # its own, since its dependencies are many and would stand before ours in the sink
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
SITE_PACKAGES = [_VENV / "lib" / _PYTHON / "site-packages"]
"""What the sink needs beside our own environment."""


@cache
def rotel() -> Path | None:
    """Answer the path of Rotel's agent, installed at first use; none, said loudly, where it cannot be had."""
    agent = SITE_PACKAGES[0] / "rotel" / "rotel-agent"
    try:
        if not agent.exists():
            _install("--pre", "rotel")
        _run([str(agent), "version"], env=rotel_variables())
    except (OSError, subprocess.CalledProcessError) as error:
        _loud(f"Rotel cannot be had here, so nothing is compared with it: {_why(error)}")
        return None
    return agent


def rotel_variables() -> dict[str, str]:
    """Answer the environment of Rotel's agent, which embeds the Python that it was installed for."""
    libraries = [sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH")]
    return os.environ | {
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
    }


@cache
def collector() -> Path | None:
    """Answer the path of an OpenTelemetry Collector, built at first use; none, said loudly, where it cannot be had."""
    built = FOLDER / "collector" / "collector"
    newest = max(source.stat().st_mtime for source in _COLLECTOR.iterdir())
    if built.exists() and built.stat().st_mtime > newest and (SITE_PACKAGES[0] / "clickhouse_cityhash").exists():
        return built
    go = shutil.which("go")
    if go is None:
        _loud("Go is not installed, so nothing is compared with the OpenTelemetry Collector")
        return None
    try:
        _install("clickhouse-cityhash")
        shutil.copytree(_COLLECTOR, built.parent, dirs_exist_ok=True)
        print("building the OpenTelemetry Collector, which takes some minutes ...", file=sys.stderr, flush=True)
        for step in (["mod", "tidy"], ["build", "-trimpath", "-o", str(built), "."]):
            _run([go, *step], cwd=built.parent)
    except (OSError, subprocess.CalledProcessError) as error:
        _loud(f"The OpenTelemetry Collector cannot be built here, so nothing is compared with it: {_why(error)}")
        return None
    return built


@cache
def presidio() -> Path | None:
    """Answer a Python that has presidio-analyzer, installed at first use; none, said loudly, where it cannot be had."""
    python = _PRESIDIO / "bin" / "python"
    try:
        if not any(_PRESIDIO.glob("lib/*/site-packages/presidio_analyzer")):
            _install("presidio-analyzer", into=_PRESIDIO)
        _run([str(python), "-c", "import presidio_analyzer"])
    except (OSError, subprocess.CalledProcessError) as error:
        _loud(f"Presidio cannot be had here, so nothing is compared with it: {_why(error)}")
        return None
    return python


def versions() -> list[str]:
    """Answer the names and versions of the peers that are here."""
    found = []
    if agent := rotel():
        (package,) = SITE_PACKAGES[0].glob("rotel-*.dist-info")
        said = _run([str(agent), "version"], env=rotel_variables()).split()[-1]
        found.append(f"{package.stem.replace('-', ' ')} (its agent says {said})")
    if collector():
        (version,) = re.findall(r"collector/otelcol v(\S+)", (_COLLECTOR / "go.mod").read_text())
        found.append(f"OpenTelemetry Collector {version}")
    return found


def _loud(message: str) -> None:
    """Say what the reader of the tables must know, where they cannot miss it."""
    print(f"\n**{message}**\n", flush=True)


def _install(*what: str, into: Path = _VENV) -> None:
    if not into.exists():
        _run([sys.executable, "-m", "venv", str(into)])
    _run([str(into / "bin" / "python"), "-m", "pip", "install", "--quiet", *what])


def _run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return (said.strip().splitlines() or ["no reason was given"])[-1]

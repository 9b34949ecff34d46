"""A real browser, and a gateway with a made-up world for it to look at."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from playwright.sync_api import Browser, sync_playwright

from benchmarks.server import free_port

__all__ = ["Served", "chromium", "find_chromium", "served_world"]

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Without a sandbox, since containers have none to give; and without anything that talks to elsewhere by itself.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CONFIG = Path(__file__).parent.parent / "collector-config" / "lift.yaml"


def find_chromium() -> str | None:
    """Answer the path of the machine's Chromium; None if there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium without a window; raises RuntimeError where there is none."""
    path = find_chromium()
    if path is None:
        raise RuntimeError("there is no Chromium on this machine; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A running gateway: where the console is, and where OTLP is taken over HTTP; without a slash at the end."""

    console: str
    otlp: str


@contextmanager
def served_world(folder: Path, *, events: int, people: int, days: int = 90) -> Iterator[Served]:
    """Fill a store in `folder` with a world and run the gateway over it, with its default configuration."""
    store = f"chdb://{folder}/data/store"
    sizes = {"--events": events, "--people": people, "--days": days}
    options = [str(part) for pair in sizes.items() for part in pair]
    world = (sys.executable, "-m", "otel_lift.synthetic.world", "--dsn", store, *options)
    subprocess.run(world, check=True, capture_output=True)
    ports = {name: free_port() for name in ("grpc", "http", "sql", "health", "metrics", "api")}
    at = {name: {"endpoint": f"127.0.0.1:{port}"} for name, port in ports.items()}
    config = yaml.safe_load(_CONFIG.read_text())
    config["receivers"] = {"otlp": {"protocols": {"grpc": at["grpc"], "http": at["http"]}}}
    config["exporters"] = {"clickhouse": {"sql_endpoint": at["sql"]}}
    config["service"] |= {"data": f"{folder}/data", "health": at["health"], "api": at["api"]}
    config["service"]["telemetry"] = {"metrics": at["metrics"], "logs": {"level": "error"}}
    file = folder / "lift.yaml"
    file.write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        command = (sys.executable, "-m", "otel_lift", "run", "-c", str(file))
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
    try:
        _wait_for(f"http://127.0.0.1:{ports['health']}/readyz", process)
        _wait_for(f"http://127.0.0.1:{ports['api']}/", process)
        yield Served(f"http://127.0.0.1:{ports['api']}", f"http://127.0.0.1:{ports['http']}")
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the gateway did not start; its log says why")

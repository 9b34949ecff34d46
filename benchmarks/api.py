"""``python -m benchmarks.api``: how long the query API takes at a steady rate, over a store of a made-up world.

Requests are sent on time whether the earlier ones are answered or not, and each is timed from when it was due. The
callers sign in; what the API records of each read is written while it is measured. With ``--store FOLDER`` the store
stays there, and one that is there already is asked as it is.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.environment import FOLDER
from benchmarks.report import RESULTS, Section, number, table, write
from otel_lift.store import open_store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic.world import World, WorldOptions, fill

__all__ = ["main"]

_HOST = "127.0.0.1"
_ISSUER, _AUDIENCE = "https://issuer.example", "otel-lift"
_WARM_UP = 3.0  # seconds that are not counted
_PATHS = (
    "queries/failures-by-event",
    "queries/failure-rate-by-endpoint",
    "queries/failure-trend",
    "queries/error-patterns",
    "queries/endpoint-latency",
    "queries/active-users",
    "queries/feature-adoption",
    "queries/ai-providers",
    "queries/user-impact",
    "metrics/flourish-index",
    "metrics/platform-summary",
    "realtime/dau",
    "realtime/live-waves",
    "errors/impact/high",
    "errors/struggling-users",
    "errors/user/somebody@example.com",
    "dashboard/executive-summary",
    "dashboard/wave-participation",
    "admin/pipeline",
    "me",
)


def main() -> None:
    """Fill, serve, ask, print, and write into RESULTS.md if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many are in the world")
    parser.add_argument("--distinct", action="store_true", help="let no answer stand for another question")
    parser.add_argument("--store", type=Path, help="folder of a store that stays")
    parser.add_argument("--write", action="store_true", help="write the section into RESULTS.md")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    folder = (asked.store or Path(tempfile.mkdtemp(dir=FOLDER, prefix="api-"))).resolve()
    try:
        section = _section(folder, asked)
    finally:
        if asked.store is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n## {section.title}\n\n{section.text}", flush=True)
    if asked.write:
        write(RESULTS, "api", section)


def _section(folder: Path, asked: argparse.Namespace) -> Section:
    rows = _fill(folder, asked.events)
    key = ec.generate_private_key(ec.SECP256R1())
    base, process = _serve(folder, key, distinct=asked.distinct)
    try:
        took, refused = asyncio.run(_ask(base, key, asked.rate, asked.seconds))
    finally:
        process.terminate()
        process.wait(60)
    every = sorted(one for times in took.values() for one in times)
    distinct = " --distinct" if asked.distinct else ""
    options = f"--rate {asked.rate:g} --seconds {asked.seconds:g} --events {asked.events}{distinct}"
    made = "; ".join(
        [
            f"`python -m benchmarks.api {options}`",
            time.strftime("%Y-%m-%d"),
            f"Python {platform.python_version()}",
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end",
        ]
    )
    told = (
        f"{len(every)} requests of signed-in callers, {asked.rate:g} a second, over {rows:,} stored events of 50,000 "
        f"people and 90 days: p50 {number(_within(every, 0.5))} ms, p95 {number(_within(every, 0.95))} ms, "
        f"p99 {number(_within(every, 0.99))} ms; {sum(refused.values())} were refused. "
        "Gateway, store and the asking process share the machine. "
        + (
            "Each question was put to the store."
            if asked.distinct
            else "An answer stands for the same question for 2 to 10 s."
        )
    )
    heads = ["path", "requests", "p50, ms", "p95, ms"]
    lines = [
        [path, str(len(times)), number(_within(sorted(times), 0.5)), number(_within(sorted(times), 0.95))]
        for path, times in sorted(took.items())
    ]
    return Section("API", f"{made}\n\n{told}\n\n{table(heads, lines)}")


def _fill(folder: Path, events: int) -> int:
    """Fill the store of a data folder if it is empty, and answer how many events it has."""
    with open_store(f"chdb://{folder}/data/store?database=otel") as store:
        apply(store, SchemaOptions())
        if not store.query("SELECT count() FROM lift_events").rows[0][0]:
            fill(store, World(WorldOptions(events=events)))
        return int(store.query("SELECT count() FROM lift_events").rows[0][0])


def _serve(folder: Path, key: Any, *, distinct: bool = False) -> tuple[str, "subprocess.Popen[bytes]"]:
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    (folder / "jwks.json").write_text(json.dumps({"keys": [{**jwk, "kid": "one"}]}))
    ports = [_free_port() for _ in range(4)]
    ends = [{"endpoint": f"{_HOST}:{port}"} for port in ports]
    auth = {"issuer": _ISSUER, "audience": _AUDIENCE, "jwks_file": str(folder / "jwks.json")}
    pipeline = {"receivers": ["otlp"], "processors": ["pseudonyms"], "exporters": ["clickhouse"]}
    config = {
        "receivers": {"otlp": {"protocols": {"http": ends[0]}}},
        "processors": {"pseudonyms": None},
        "exporters": {"clickhouse": {"sql_endpoint": None}},
        "service": {
            "data": str(folder / "data"),
            "health": ends[1],
            "telemetry": {"metrics": ends[2]},
            "api": {
                **ends[3],
                "auth": auth,
                "limits": {"requests_per_hour": 10**6, **({"reuse_seconds": 0} if distinct else {})},
            },
            "pipelines": {"logs": pipeline},
        },
    }
    file = folder / "lift.yaml"
    file.write_text(yaml.safe_dump(config))
    process = subprocess.Popen([sys.executable, "-m", "otel_lift", "run", "-c", str(file)], stdin=subprocess.DEVNULL)
    base = f"http://{_HOST}:{ports[3]}/api/v1/"
    while True:
        if process.poll() is not None:
            raise RuntimeError("the gateway ended; its log is above")
        try:
            if httpx.get(f"{base}health").status_code == 200:
                return base, process
        except httpx.TransportError:
            time.sleep(0.2)


async def _ask(base: str, key: Any, rate: float, seconds: float) -> tuple[dict[str, list[float]], dict[int, int]]:
    """Send requests when they are due; answer how long each took, in ms, by path, and how many were refused."""
    claims = {"iss": _ISSUER, "aud": _AUDIENCE, "sub": "bench", "exp": time.time() + 86_400, "roles": ["admin"]}
    token = jwt.encode(claims, key, "ES256", headers={"kid": "one"})
    took: dict[str, list[float]] = defaultdict(list)
    refused: dict[int, int] = defaultdict(int)
    pool = httpx.Limits(max_connections=None, max_keepalive_connections=64)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60, limits=pool) as client:
        for path in _PATHS:
            (await client.get(path)).raise_for_status()
        begun = time.perf_counter()

        async def one(path: str, due: float) -> None:
            status = (await client.get(path)).status_code
            if due - begun > _WARM_UP:
                if status == 200:
                    took[path].append((time.perf_counter() - due) * 1000)
                else:
                    refused[status] += 1

        async with asyncio.TaskGroup() as group:
            for number_ in range(int(rate * (seconds + _WARM_UP))):
                due = begun + number_ / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                group.create_task(one(_PATHS[number_ % len(_PATHS)], due))
    return took, refused


def _within(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()

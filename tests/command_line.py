"""The installed command `otel-lift` as users run it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

EXECUTABLE = Path(sys.executable).with_name("otel-lift")
_ANY_PORT = {"endpoint": "127.0.0.1:0"}


def otel_lift(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with lines wide enough for any message; `environment` is added."""
    return subprocess.run(
        [EXECUTABLE, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1", **environment},
    )


def message_of(result: "subprocess.CompletedProcess[str]") -> str:
    """Answer the message of a command that failed as it should: exit code 1, one message, no traceback."""
    assert result.returncode == 1, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr + result.stdout
    assert result.stderr.startswith("error: "), result.stderr
    assert result.stderr.count("error: ") == 1
    return result.stderr.removeprefix("error: ").strip()


def gateway_file(folder: Path, changes: Mapping[str, Any] | None = None) -> Path:
    """Write the configuration of a gateway in `folder`, on any free ports; `changes` are put over it, key by key."""
    pipeline = {
        "receivers": ["otlp"],
        "processors": ["pseudonyms", "consent", "anonymise"],
        "exporters": ["clickhouse"],
    }
    config: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": {"http": dict(_ANY_PORT)}}},
        "processors": {"pseudonyms": None, "consent": None, "anonymise": None},
        "exporters": {"clickhouse": {"sql_endpoint": dict(_ANY_PORT)}},
        "service": {
            "data": str(folder / "data"),
            "api": None,
            "maintenance": {"metrics_interval": 0},
            "health": dict(_ANY_PORT),
            "telemetry": {"metrics": dict(_ANY_PORT)},
            "pipelines": {"logs": pipeline},
        },
    }
    file = folder / "lift.yaml"
    file.write_text(yaml.safe_dump(_merged(config, changes or {})))
    return file


def _merged(base: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base or {})
    for key, value in changes.items():
        merged[key] = _merged(merged.get(key), value) if isinstance(value, Mapping) else value
    return merged

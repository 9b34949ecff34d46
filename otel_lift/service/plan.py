"""What the supervisor must know of a configuration, found out by a process of its own.

Loading a configuration imports every component and, with them, Arrow: 80 MB that the supervisor, which lives as long as
the gateway and only watches, would never use again.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from otel_lift.errors import ConfigError

__all__ = ["Plan", "main", "plan_of"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a checked configuration file that its supervisor goes by; `shutdown_timeout` is in seconds."""

    data: str
    workers: int
    shutdown_timeout: float
    health: str
    metrics: str
    log_level: str
    warnings: list[str]


def plan_of(file: Path, *, check_ports: bool) -> Plan:
    """Check a configuration file; raises `ConfigError` with all that is wrong with it.

    With `check_ports` it also raises if a port is taken: processes of one gateway share their ports, and so would a
    second gateway, unnoticed.
    """
    command = [sys.executable, "-m", "otel_lift.service", "plan", str(file), *(["--ports"] if check_ports else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise ConfigError(f"the configuration {file} cannot be checked: {done.stderr.strip()}") from error
    if "error" in answer:
        raise ConfigError(answer["error"])
    return Plan(**answer)


def main(arguments: Sequence[str]) -> None:
    """Print the plan of a configuration file, or what is wrong with it, as JSON."""
    # The supervisor imports this module, and must not import those.
    from otel_lift.config import load  # noqa: PLC0415 - see above
    from otel_lift.service.ports import endpoints, refusal  # noqa: PLC0415 - see above

    file, *options = arguments
    try:
        config = load(Path(file))
    except ConfigError as error:
        json.dump({"error": str(error)}, sys.stdout)
        return
    taken = [found for place in endpoints(config) if (found := refusal(*place))] if options else []
    if taken:
        json.dump({"error": "\n".join(map(str, taken))}, sys.stdout)
        return
    service = config.service
    plan = Plan(
        data=str(service.data.resolve()),
        workers=service.workers,
        shutdown_timeout=service.shutdown_timeout,
        health=service.health.endpoint,
        metrics=service.telemetry.metrics.endpoint,
        log_level=service.telemetry.logs.level,
        warnings=[str(warning) for warning in config.warnings],
    )
    json.dump(asdict(plan), sys.stdout)

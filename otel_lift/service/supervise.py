"""The supervisor as a process: ``python -m otel_lift.service supervise CONFIG``, which `otel-lift run` becomes."""

import sys
from collections.abc import Sequence
from pathlib import Path

from otel_lift.errors import ConfigError
from otel_lift.service.child import set_up_logging
from otel_lift.service.supervisor import Supervisor

__all__ = ["main"]


def main(arguments: Sequence[str]) -> None:
    """Run a gateway until told to stop; an error is printed as its message alone, with exit code 1."""
    try:
        supervisor = Supervisor(Path(arguments[0]))
        set_up_logging(supervisor.plan.log_level, "gateway")
        for warning in supervisor.plan.warnings:
            print(f"warning: {warning}", file=sys.stderr)  # noqa: T201 - a command's own words
        supervisor.start()
    except ConfigError as error:
        sys.exit(f"error: {error}")
    for process, details in supervisor.details.items():
        print(f"ready {process} {details}", file=sys.stderr, flush=True)  # noqa: T201 - as above
    supervisor.run()

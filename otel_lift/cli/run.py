"""`otel-lift run`."""

import os
import sys

from otel_lift.cli.console import ConfigOption

__all__ = ["run"]


def run(config: ConfigOption) -> None:
    """Run the gateway until Ctrl-C or SIGTERM, which drain it; SIGHUP reloads the configuration."""
    # The supervisor replaces this process: it only watches, and needs nothing of what the command line has imported.
    command = [sys.executable, "-m", "otel_lift.service", "supervise", str(config)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, and no shell is what is wanted

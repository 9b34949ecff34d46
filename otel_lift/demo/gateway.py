"""The gateway as a process of the demo: ``python -m otel_lift.demo.gateway CONFIG``."""

import sys
from pathlib import Path

from otel_lift.demo.child import say_ready, stop_with_parent
from otel_lift.errors import OtelLiftError
from otel_lift.service.child import set_up_logging
from otel_lift.service.supervisor import Supervisor

__all__ = ["main"]


def main(config: Path) -> None:
    """Run a gateway, as `otel-lift run` does; it ends with the demo."""
    stop_with_parent()
    try:
        supervisor = Supervisor(config)
        set_up_logging(supervisor.plan.log_level, "gateway")
        supervisor.start()
    except OtelLiftError as error:
        sys.exit(f"error: {error}")
    say_ready()
    supervisor.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

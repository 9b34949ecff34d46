"""`otel-lift run`."""

from rich.markup import escape

from otel_lift.cli.console import ConfigOption, remarks
from otel_lift.config import load
from otel_lift.service.child import set_up_logging
from otel_lift.service.supervisor import Supervisor

__all__ = ["run"]


def run(config: ConfigOption) -> None:
    """Run the gateway until Ctrl-C or SIGTERM, which drain it; SIGHUP reloads the configuration."""
    settings = load(config)
    set_up_logging(settings.service.telemetry.logs.level, "gateway")
    for warning in settings.warnings:
        remarks.print(f"[yellow]warning:[/] {escape(str(warning))}", highlight=False, soft_wrap=True)
    supervisor = Supervisor(config)
    supervisor.start()
    for process, details in supervisor.details.items():
        remarks.print(f"[green]ready[/] {process} {escape(str(details))}", highlight=False, soft_wrap=True)
    supervisor.run()

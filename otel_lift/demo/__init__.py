"""The demo: a gateway, a small real app with simulated visitors, and a view of what becomes of their telemetry."""

from otel_lift.demo.run import Options, run
from otel_lift.demo.summary import Report

__all__ = ["Options", "Report", "run"]

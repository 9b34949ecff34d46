"""The command line `otel-lift`."""

from otel_lift.cli.app import app, main

__all__ = ["app", "main"]

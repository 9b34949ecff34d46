"""``python -m otel_lift.service ingest|store arguments``: how the supervisor starts its processes."""

import sys
from importlib import import_module

process, *arguments = sys.argv[1:]
import_module(f"otel_lift.service.{process}").main(arguments)

"""``python -m otel_lift.service ingest|store|plan|supervise arguments``: each process of the gateway by its name."""

import sys
from importlib import import_module

process, *arguments = sys.argv[1:]
if process != "supervise":  # which has no use for Arrow, and stays small without
    # Before the process's own modules: some make Arrow arrays when they are imported.
    import_module("otel_lift.lean").go_without_pandas()
import_module(f"otel_lift.service.{process}").main(arguments)

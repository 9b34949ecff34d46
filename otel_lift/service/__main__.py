"""``python -m otel_lift.service ingest|store arguments``: how the supervisor starts its processes."""

import sys
from importlib import import_module

from otel_lift.service.lean import go_without_pandas

process, *arguments = sys.argv[1:]
go_without_pandas()  # before the process's own modules: some make Arrow arrays when they are imported
import_module(f"otel_lift.service.{process}").main(arguments)

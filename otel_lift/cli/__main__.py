"""``python -m otel_lift.cli``."""

from otel_lift.cli import main

main()

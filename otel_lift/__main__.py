"""The program `otel-lift`, also as ``python -m otel_lift``."""

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the command line; an installation that has only what an app needs says how to get the rest."""
    if find_spec("typer") is None:
        sys.exit("error: the gateway and its commands are not installed; run: pip install 'otel-lift[gateway]'")
    from otel_lift.lean import go_without_pandas  # noqa: PLC0415 - not there without the gateway

    # before the command line's own modules: some make Arrow arrays when they are imported
    go_without_pandas()
    from otel_lift.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()

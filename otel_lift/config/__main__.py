"""``python -m otel_lift.config write`` makes the reference page; ``check`` fails where it is not up to date."""

import sys
from pathlib import Path

from otel_lift.config.reference import PAGE, page
from otel_lift.config.registry import Registry

_USAGE = 2


def main(arguments: list[str]) -> int:
    """Run one command from the repository's root; answer the exit code."""
    path = Path(PAGE)
    match arguments:
        case ["write"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(Registry.installed()), encoding="utf-8")
            return 0
        case ["check"]:
            if path.is_file() and path.read_text(encoding="utf-8") == page(Registry.installed()):
                return 0
            sys.stderr.write(f"{PAGE} is not what the models say; run: python -m otel_lift.config write\n")
            return 1
        case _:
            sys.stderr.write("usage: python -m otel_lift.config write|check\n")
            return _USAGE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Write every file that is made from the code, or only check them: `python tools/generate_docs.py [--check]`.

Each of them says so in its head. `make docs` writes them; the tests hold them to what the code says.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from otel_lift.api.reference import page as api_page
from otel_lift.cli.reference import page as commands_page
from otel_lift.config import Registry
from otel_lift.config.reference import page as configuration_page
from otel_lift.queries.reference import page as queries_page
from otel_lift.semconv.documents import attributes_module, json_schema, reference_page

__all__ = ["WRITTEN", "main"]

ROOT = Path(__file__).resolve().parent.parent

WRITTEN: Mapping[str, Callable[[], str]] = {
    "otel_lift/semconv/attributes.py": attributes_module,
    "docs/reference/api.md": api_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/configuration.md": partial(configuration_page, Registry.installed()),
    "docs/reference/events.md": reference_page,
    "docs/reference/events.schema.json": json_schema,
    "docs/reference/queries.md": queries_page,
}


def main(arguments: list[str]) -> int:
    """Write each file that is not as it should be; with ``--check`` only name them. Answer the exit code."""
    check = arguments == ["--check"]
    stale = 0
    for path, make in WRITTEN.items():
        target, text = ROOT / path, make()
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path} is not what the code says; run: make docs")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Write `collector-config/grafana/`, or only check it: `python -m tools.dashboards [--check]`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tools.dashboards import behaviour, failures, operations
from tools.dashboards.boards import written
from tools.dashboards.provisioning import alert_rules, dashboard_provider, data_source
from tools.dashboards.readme import readme

__all__ = ["BOARDS", "files", "main"]

ROOT = Path(__file__).resolve().parents[2] / "collector-config" / "grafana"

BOARDS = (*failures.BOARDS, *behaviour.BOARDS, *operations.BOARDS)
"""All dashboards."""


def files() -> Mapping[str, str]:
    """Answer what belongs into the folder, by path within it."""
    dashboards = {f"dashboards/{board.name}.json": written(board) for board in BOARDS}
    return {
        **dashboards,
        "provisioning/alerting/otel-lift.yaml": alert_rules(),
        "provisioning/dashboards/otel-lift.yaml": dashboard_provider(),
        "provisioning/datasources/otel-lift.yaml": data_source(),
        "README.md": readme(BOARDS),
    }


def main(arguments: list[str]) -> int:
    """Write each file that is not as it should be and remove what no dashboard wrote; ``--check`` only names them."""
    check = arguments == ["--check"]
    wanted = files()
    there = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()}
    stale = 0
    for name in sorted(there | set(wanted)):
        path, text = ROOT / name, wanted.get(name)
        if text is not None and name in there and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"collector-config/grafana/{name} is not what the code says; run: make dashboards")
        elif text is None:
            path.unlink()
            print(f"removed {name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""The reference pages say what the code says."""

import ast
import runpy
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from command_line import otel_lift

from otel_lift.cli.reference import commands, page

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("otel_lift", "processors", "exporters") for path in (ROOT / folder).rglob("*.py")]
METRICS = ROOT / "docs" / "reference" / "metrics.md"
PREFIX = "otel_lift_"


def test_the_commands_page_is_what_the_commands_say() -> None:
    """The page in the repository is the one that the commands make now; if not, run `make docs`."""
    assert (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8") == page()


def test_make_docs_writes_every_generated_page() -> None:
    """The generator that `make docs` runs has nothing to write, and each page that says it is generated is its own."""
    tool = ROOT / "tools" / "generate_docs.py"
    assert "tools/generate_docs.py" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert subprocess.run([sys.executable, tool, "--check"], cwd=ROOT, check=False).returncode == 0
    written = set(runpy.run_path(str(tool))["WRITTEN"])
    for path in (ROOT / "docs" / "reference").iterdir():
        head = path.read_text(encoding="utf-8")[:600]
        assert (f"docs/reference/{path.name}" in written) == ("`make docs`" in head or path.suffix == ".json")


def test_commands_of_components_are_on_the_page() -> None:
    """Each command or group of commands that a component brings by entry point has its sections."""
    names = [f"{name} " for name, _ in commands()]
    for entry in entry_points(group="otel_lift.commands"):
        assert any(name.startswith(f"otel-lift {entry.name} ") for name in names)


def test_the_options_of_the_page_are_those_of_the_help() -> None:
    """What the page names as an option, the command's own help names too."""
    for name in ("validate", "query"):
        shown = otel_lift(name, "--help").stdout
        section = page().split(f"## otel-lift {name}\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `-")]
        assert rows
        for option in (part.strip("` ") for row in rows for part in row.split("|")[1].split(",")):
            assert option in shown


def _counted() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the label names of every metric that the sources count or set; ``**labels`` as None."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if node.func.attr in ("count", "gauge") and ast.unparse(node.func.value).endswith("meter"):
                total = "_total" if node.func.attr == "count" else ""
                labels = tuple(sorted(str(keyword.arg) for keyword in node.keywords))
                names = list(_names(node, loops))
                assert names, f"{path}:{node.lineno}: the name of a metric must stand where it is counted"
                yield from ((f"{PREFIX}{name}{total}", labels) for name in names)


def _names(call: ast.Call, loops: list[ast.For]) -> Iterator[str]:
    name = call.args[0]
    if isinstance(name, ast.Constant):
        yield str(name.value)
    for loop in loops:
        targets = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        if isinstance(name, ast.Name) and name.id in targets and call in ast.walk(loop):
            texts = [node.value for node in ast.walk(loop.iter) if isinstance(node, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str))


def _documented() -> dict[str, tuple[str, ...]]:
    rows = [line.split("|") for line in METRICS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return {
        cells[1].strip(" `"): tuple(sorted(label.strip(" `") for label in cells[2].split(",") if label.strip()))
        for cells in rows
    }


def test_every_metric_is_on_the_metrics_page() -> None:
    """The metrics page names exactly the metrics that the sources have, each with exactly its labels."""
    documented = _documented()
    counted = list(_counted())
    assert {name for name, _ in counted} == set(documented)
    for name, labels in counted:
        if labels != ("None",):
            assert documented[name] == labels, name


@pytest.mark.parametrize("page_name", ["app-developer", "analyst", "platform-team", "on-call", "architecture"])
def test_links_lead_somewhere(page_name: str) -> None:
    """Every relative link of a page leads to a file of the repository."""
    path = ROOT / "docs" / f"{page_name}.md"
    for part in path.read_text(encoding="utf-8").split("](")[1:]:
        target = part.split(")")[0].split("#")[0]
        if target and "://" not in target:
            assert (path.parent / target).exists(), target

"""The house rules that a machine can hold."""

import ast
import importlib
import pkgutil
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_lift.cli.reference import commands
from otel_lift.config import Kind, Registry, loads
from otel_lift.config.reference import rows

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "otel_lift").rglob("*.py"))
COMPONENT_FOLDERS = sorted(path for kind in ("processors", "exporters") for path in (ROOT / kind).glob("otel_lift_*"))
COMPONENT_FILES = sorted(path for folder in COMPONENT_FOLDERS for path in folder.rglob("*.py"))
SHIPPED = [*CORE, *COMPONENT_FILES]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
INSTALLED = Registry.installed()
COMPONENTS = [(kind, name) for kind in Kind for name in INSTALLED.names(kind)]
MAX_LINES = 350


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "otel_lift" else parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each imported module with the names that are taken from it; all imports of ours are absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", tuple(alias.name for alias in node.names)


def _package(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("path", SHIPPED, ids=_name)
def test_a_module_says_exactly_what_is_public(path: Path) -> None:
    """`__all__` names what is there, nothing private and nothing twice; what is defined and not named is private."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    says_nothing = all(isinstance(node, ast.Expr) for node in tree.body)
    if path.name == "__main__.py" or says_nothing:
        return
    module: Any = importlib.import_module(_module(path))
    assert hasattr(module, "__all__"), "a public module says what is public"
    named = list(module.__all__)
    assert len(named) == len(set(named))
    assert [name for name in named if name.startswith("_") and name != "__version__"] == []
    assert [name for name in named if not hasattr(module, name)] == []
    # A function that is handed to a decorator, as a command is, is reached through what the decorator belongs to.
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not node.decorator_list)
    }
    assert sorted(name for name in defined - set(named) if not name.startswith("_")) == []


def test_every_module_can_be_imported() -> None:
    """No module is left that nothing imports because it cannot be imported."""
    for package in ("otel_lift", *(folder.name for folder in COMPONENT_FOLDERS)):
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


@pytest.mark.parametrize("path", CORE, ids=_name)
def test_the_core_imports_no_component(path: Path) -> None:
    """Components enter by entry point only."""
    ours = {folder.name for folder in COMPONENT_FOLDERS}
    assert [module for module, _ in _imports(path) if _package(module) in ours] == []


@pytest.mark.parametrize("path", COMPONENT_FILES, ids=_name)
def test_a_component_imports_the_public_core_only(path: Path) -> None:
    """A component takes public names only, of itself and of the core, and nothing of other components."""
    own = path.relative_to(ROOT).parts[1]
    others = {folder.name for folder in COMPONENT_FOLDERS} - {own}
    for module, names in _imports(path):
        assert _package(module) not in others, f"{module} is another component"
        if _package(module) not in ("otel_lift", own):
            continue
        assert not any(part.startswith("_") for part in module.split(".")), module
        assert [name for name in names if name.startswith("_") and name != "__version__"] == [], module
        if _package(module) == "otel_lift":
            core = importlib.import_module(module)
            modules = {name for name in names if hasattr(core, "__path__") and find_spec(f"{module}.{name}")}
            assert sorted(set(names) - {*core.__all__, "__version__"} - modules) == [], module


@pytest.mark.parametrize("path", [*SHIPPED, *TESTS], ids=_name)
def test_components_are_imported_by_their_own_name(path: Path) -> None:
    """`processors.` and `exporters.` are folders, not packages: through them a module would be there twice."""
    assert [module for module, _ in _imports(path) if _package(module) in ("processors", "exporters")] == []


@pytest.mark.parametrize("path", SHIPPED, ids=_name)
def test_a_module_is_short(path: Path) -> None:
    """A module that grows beyond the limit is two modules."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=_name)
def test_a_test_says_what_it_holds(path: Path) -> None:
    """Every test has a docstring of one sentence that states the behaviour."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = (ast.get_docstring(node) or "").split("\n\n")[0]
            assert said.endswith("."), f"{node.name} has no docstring that is a sentence"


@pytest.mark.parametrize("folder", COMPONENT_FOLDERS, ids=_name)
def test_a_component_is_one_folder_and_one_line(folder: Path) -> None:
    """A component's folder has its README and type marker, and an entry point names its declaration."""
    assert (folder / "README.md").is_file()
    assert (folder / "py.typed").is_file()
    group = f"otel_lift.{folder.parent.name}"
    assert [entry for entry in entry_points(group=group) if entry.value == f"{folder.name}:COMPONENT"]


def _readme(kind: Kind, name: str) -> Path:
    folder = ROOT / kind.value / f"otel_lift_{name}"
    return (folder if folder.is_dir() else ROOT / "otel_lift" / kind.value / name) / "README.md"


def _examples(kind: Kind, name: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", _readme(kind, name).read_text(encoding="utf-8"), re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


@pytest.mark.parametrize(("kind", "name"), COMPONENTS)
def test_a_component_shows_a_configuration_that_loads(kind: Kind, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every YAML example of a component's README is valid in a whole configuration, read by the real loader."""
    examples = _examples(kind, name)
    assert examples
    for example in examples:
        assert set(example) == {kind.value}
        assert set(example[kind.value]) == {name}
        assert loads(_completed(kind, example)).section(kind)[name].config is not None


def _completed(kind: Kind, example: dict[str, Any]) -> str:
    processors = ["pseudonyms", "consent", "validation", "redaction", "patterns", "anonymise"]
    config: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": {"http": None}}},
        "processors": dict.fromkeys(processors),
        "exporters": {"clickhouse": None},
        "service": {
            "pipelines": {"logs": {"receivers": ["otlp"], "processors": processors, "exporters": ["clickhouse"]}}
        },
    }
    config[kind.value].update(example[kind.value])
    return yaml.safe_dump(config)


@pytest.mark.parametrize(("kind", "name"), COMPONENTS)
def test_a_component_and_its_keys_are_documented(kind: Kind, name: str) -> None:
    """The reference page has a section for each component, with a row for each of its keys."""
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {kind.value}: {name}\n")[1].split("\n## ")[0]
    for row in rows(INSTALLED.get(kind, name).config):
        assert f"| `{row.key}` |" in section, row.key


def test_every_command_is_documented() -> None:
    """The reference page has a section for each command, and each has a word of what it does."""
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    for name, run in commands():
        assert f"\n## {name}\n" in page
        assert run.__doc__, name


def _committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


# Written apart, so that this file does not hold what it looks for.
_PLACES = (
    "/wo" + "rk/",
    "/tm" + "p/",
    "/ro" + "ot/",
    "py" + "pi.org",
    "pythonhos" + "ted",
    "registry.np" + "mjs",
)
_PLACE = re.compile(rb"(?<![\w.$}-])(?:" + b"|".join(re.escape(place.encode()) for place in _PLACES) + rb")")


def test_no_file_names_a_machine_or_an_index() -> None:
    """Nothing that is committed names a path of somebody's machine or the address of a package index."""
    found = [
        f"{_name(path)}: {match.group().decode()}"
        for path in _committed()
        for match in [_PLACE.search(path.read_bytes())]
        if match
    ]
    assert found == []


def test_the_lock_pins_hashes_and_names_no_address() -> None:
    """Every requirement of the lock has hashes, and no line says where to get it."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    assert pinned
    assert all(line.rstrip().endswith("\\") for line in pinned)
    assert not any("://" in line or line.startswith("-") for line in lines)


def test_exceptions_to_the_linter_have_reasons() -> None:
    """Every `noqa` names its rule and says why, on its line."""
    bare = [
        f"{_name(path)}:{number}"
        for path in SHIPPED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := re.search(r"# noqa(.*)", line))
        and not re.fullmatch(r": [A-Z]+\d+(?:, ?[A-Z]+\d+)* +\S.*", match[1])
    ]
    assert bare == []


def test_entry_points_are_those_of_the_project_file() -> None:
    """What is installed here is what the project file declares now."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group, declared in project["entry-points"].items():
        installed = {entry.name: entry.value for entry in entry_points(group=group)}
        assert declared.items() <= installed.items(), group

"""The dashboards against the types of dashboards and panels that Grafana publishes, as JSON schemas."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from grafana_queries import panels
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # it has no types of its own
from npm_packages import install

FOLDER = Path(__file__).parents[2] / "collector-config" / "grafana" / "dashboards"
DASHBOARDS = [pytest.param(json.loads(path.read_text("utf-8")), id=path.stem) for path in sorted(FOLDER.glob("*.json"))]
GENERATE = ("node_modules/.bin/ts-json-schema-generator", "--path", "types.ts", "--tsconfig", "tsconfig.json")

Judge = Callable[[str, Any], list[str]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Judge a value by a type of `types.ts`; answers what is wrong with it."""
    draft = tmp_path_factory.mktemp("npm") / "schema"
    made = install(Path(__file__).parent / "schema", draft, (*GENERATE, "--no-type-check", "--out", "schema.json"))
    schema = json.loads((made / "schema.json").read_text("utf-8"))

    def wrong(kind: str, value: Any) -> list[str]:
        validator = Draft7Validator({**schema, "$ref": f"#/definitions/{kind}"})
        return [f"{kind} {list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]

    return wrong


def parts(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Answer a dashboard and the options of its panels, each with the type that it should have."""
    yield "dashboard", dashboard
    for panel in panels(dashboard):
        yield f"{panel['type']}_options", panel["options"]
        if panel["type"] != "stat":
            yield f"{panel['type']}_custom", panel["fieldConfig"]["defaults"]["custom"]


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_a_dashboard_is_as_grafana_says(dashboard: dict[str, Any], judge: Judge) -> None:
    """A dashboard, and the options of each of its panels, have the keys and values of Grafana's own types."""
    assert [wrong for kind, value in parts(dashboard) for wrong in judge(kind, value)] == []


def test_the_schema_refuses(judge: Judge) -> None:
    """The schema is not one that lets all pass: an unknown key, a wrong value and a missing one are each refused."""
    good = {"schemaVersion": 42, "title": "t"}
    assert judge("dashboard", good) == []
    assert judge("dashboard", {**good, "colour": "red"})
    assert judge("dashboard", {**good, "graphTooltip": 7})
    assert judge("dashboard", {"title": "t"})
    assert judge("stat_options", {"colorMode": "none"})


def test_the_lock_file_names_no_registry() -> None:
    """The lock file has a hash for each package and no address, so that anybody's registry serves."""
    lock = json.loads((Path(__file__).parent / "schema" / "package-lock.json").read_text("utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)

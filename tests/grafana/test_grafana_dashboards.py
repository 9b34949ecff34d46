"""The dashboards as files: written by the generator, whole, and leading to one another."""

import json
import re
from typing import Any

import pytest
import yaml
from grafana_queries import panels, targets

from otel_lift.queries import QUERIES
from tools.dashboards.__main__ import BOARDS, ROOT, files, main
from tools.dashboards.links import LINKS, PLUGIN
from tools.dashboards.sql import literal, sql_of

DASHBOARDS = [
    pytest.param(json.loads(path.read_text("utf-8")), id=path.stem)
    for path in sorted((ROOT / "dashboards").glob("*.json"))
]
VALUES: list[dict[str, Any]] = [param.values[0] for param in DASHBOARDS]  # type: ignore[misc]  # what was put in above


def test_the_folder_is_what_the_generator_writes(capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is as the code and the named queries say; if not, run `make dashboards`."""
    assert (main(["--check"]), capsys.readouterr().out) == (0, "")
    assert files() == files()


def test_each_named_query_is_on_a_dashboard() -> None:
    """Every query of the catalogue has a panel, or fills a variable."""
    shown = {panel.query for board in BOARDS for panel in board.panels}
    assert set(QUERIES) - shown == {"filter-values"}


def test_uids_and_titles_are_unique() -> None:
    """No dashboard hides another: uids, titles and the files' names differ, and panels' ids within a dashboard."""
    for key in ("uid", "title"):
        assert len({dashboard[key] for dashboard in VALUES}) == len(BOARDS) == 13
    for dashboard in VALUES:
        numbers = [part["id"] for part in dashboard["panels"]]
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_every_panel_explains_itself(dashboard: dict[str, Any]) -> None:
    """Each panel has a title, a description of its columns, a unit, the data source of the variable, and room."""
    assert dashboard["description"]
    for panel in panels(dashboard):
        assert panel["title"]
        assert "Named query: `" in panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": PLUGIN, "uid": "${datasource}"}
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for variable in dashboard["templating"]["list"]:
        assert variable["label"]
        assert variable["description"]


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_panels_do_not_cover_each_other(dashboard: dict[str, Any]) -> None:
    """Each cell of the grid belongs to one panel at most."""
    taken: set[tuple[int, int]] = set()
    for part in dashboard["panels"]:
        place = part["gridPos"]
        cells = {(place["x"] + column, place["y"] + line) for column in range(place["w"]) for line in range(place["h"])}
        assert not cells & taken, part["title"]
        taken |= cells


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_variables_are_used_and_declared(dashboard: dict[str, Any]) -> None:
    """What queries and titles take from variables is declared, and every declared variable is taken."""
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    texts = [sql for _, sql in targets(dashboard)] + [part["title"] for part in dashboard["panels"]]
    used = {name for text in texts for name in re.findall(r"\$\{(\w+)", text)}
    assert used | {"datasource"} == declared


def test_links_lead_somewhere() -> None:
    """Each link within a table goes to a dashboard that there is and fills a variable that it has, or to the trace."""
    variables = {board["uid"]: {each["name"] for each in board["templating"]["list"]} for board in VALUES}
    found = [
        link["url"]
        for dashboard in VALUES
        for panel in panels(dashboard)
        for override in panel["fieldConfig"]["overrides"]
        for value in override["properties"]
        if value["id"] == "links"
        for link in value["value"]
    ]
    inner = [re.fullmatch(r"/d/([\w-]+)\?\$\{__url_time_range\}&var-(\w+)=\S+", url) for url in found]
    assert all(match is None or match[2] in variables[match[1]] for match in inner)
    assert {match and match[2] for match in inner} == {"person", "session", "pattern", None}
    assert {url for url, match in zip(found, inner, strict=True) if match is None} == {LINKS["trace"][1]}


def test_the_data_source_is_the_sql_endpoint_of_the_default_gateway() -> None:
    """The provisioned data source has the endpoint's address and database, over HTTP, and dashboards choose it."""
    source = yaml.safe_load((ROOT / "provisioning/datasources/otel-lift.yaml").read_text("utf-8"))["datasources"][0]
    gateway = yaml.safe_load((ROOT.parent / "lift.yaml").read_text("utf-8"))
    settings = source["jsonData"]
    endpoint = gateway["exporters"]["clickhouse"]["sql_endpoint"]["endpoint"]
    assert (f"{settings['host']}:{settings['port']}", settings["protocol"]) == (endpoint, "http")
    assert settings["defaultDatabase"] == "otel"
    chosen = {variable["current"]["value"] for board in VALUES for variable in board["templating"]["list"][:1]}
    assert chosen == {source["uid"]}


def test_a_default_without_a_form_is_refused() -> None:
    """A parameter of a type that the generator cannot write is an error of the generator, not a broken panel."""
    parameter = next(iter(QUERIES["funnel"].parameters.values())).model_copy(update={"type": "Map(String, String)"})
    with pytest.raises(ValueError, match="cannot be written into SQL"):
        literal(parameter)
    with pytest.raises(KeyError):
        sql_of(QUERIES["funnel"], {"no such": "''"})

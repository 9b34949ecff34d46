"""A dashboard in Grafana's form, and its variables."""

import json

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from otel_lift.queries import find
from tools.dashboards.links import PLUGIN
from tools.dashboards.model import Board, Panel, Text
from tools.dashboards.panels import SOURCE, build_panel
from tools.dashboards.sql import sql_of

__all__ = ["SOURCE_NAME", "SOURCE_UID", "TAG", "filter_sql", "written"]

TAG = "otel-lift"
"""What all dashboards are tagged with, and linked by."""

SOURCE_UID = "otel-lift"
"""The uid of the provisioned data source."""

SOURCE_NAME = "OTel Lift"
"""The name of the provisioned data source."""


def written(board: Board) -> str:
    """Answer the JSON of a dashboard, the same for the same board."""
    made = json.loads(JSONEncoder().encode(_built(board)))
    # What the SDK adds and the schema of newer Grafanas has no more: the footer that a table does not show, and in all
    # variables the options of an interval.
    for panel in made["panels"]:
        panel.get("options", {}).pop("footer", None)
    for variable in made["templating"]["list"]:
        for key in ("auto", "auto_min", "auto_count"):
            variable.pop(key, None)
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def filter_sql(name: str) -> str:
    """Ask for the values of a filter: '' stands for all of them."""
    inner = sql_of(find("filter-values"), {})
    return (
        "SELECT value, if(value = '', 'All', value) AS text\n"
        "FROM (\nSELECT '' AS value UNION ALL\n"
        f"SELECT value FROM (\n{inner}\n) WHERE filter = '{name}' AND value != ''\n)\n"
        "ORDER BY value"
    )


def _built(board: Board) -> dashboard.Dashboard:
    built = builders.Dashboard(board.title).uid(board.uid).description(board.description).tags([TAG])
    built.time(board.since, "now").timezone("utc").week_start("monday").tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    built.editable().version(1)
    if board.refresh:
        built.refresh(board.refresh)
    built.link(
        builders.DashboardLink("OTel Lift")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )
    built.with_variable(
        builders.DatasourceVariable("datasource")
        .label("Data source")
        .description("Which store to ask.")
        .type(PLUGIN)
        .current(dashboard.VariableOption(text=SOURCE_NAME, value=SOURCE_UID))
    )
    for name in board.filters:
        built.with_variable(_filter(name))
    for text in board.texts:
        built.with_variable(_typed(text))
    for number, part in enumerate(board.parts, start=1):
        if isinstance(part, Panel):
            built.with_panel(build_panel(part, number))
        else:
            built.with_row(builders.Row(part.title).id(number))
    return built.build()


def _filter(name: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(name.replace("_", " ").capitalize())
        .description(f"Show this {name.replace('_', ' ')} only.")
        .datasource(SOURCE)
        .query({"refId": name, "queryType": "sql", "editorType": "sql", "rawSql": filter_sql(name)})
        .current(dashboard.VariableOption(text="All", value=""))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.DISABLED)
        .multi(False)
        .include_all(False)
    )


def _typed(text: Text) -> builders.TextBoxVariable:
    return (
        builders.TextBoxVariable(text.name)
        .label(text.label)
        .description(text.description)
        .default_value("")
        .current(dashboard.VariableOption(text="", value=""))
    )

"""A panel in Grafana's form."""

from functools import singledispatch
from typing import Any

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard

from tools.dashboards.fields import display_name, overrides, unit_of
from tools.dashboards.links import PLUGIN
from tools.dashboards.model import Matrix, Panel, Series, Stat, Table
from tools.dashboards.sql import select, sql_of

__all__ = ["SOURCE", "Target", "build_panel"]

SOURCE = common.DataSourceRef(type_val=PLUGIN, uid="${datasource}")
"""The data source that the dashboard's variable names."""

_TIME_SERIES, _TABLE = 0, 1  # the plugin's numbers for the form of an answer
_VERSION = "4.20.0"

_Builder = timeseries.Panel | table.Panel | stat.Panel


class Target(Dataquery, Builder[Dataquery]):
    """A query of a panel, in the ClickHouse plugin's form; the SDK knows none for it."""

    def __init__(self, sql: str, *, series: bool) -> None:
        """Keep the SQL; `series` says that its answer is a time column and numbers, perhaps with texts as labels."""
        self._sql = sql
        self._series = series

    def build(self) -> Dataquery:
        """Answer the query itself: it is its own builder."""
        return self

    def to_json(self) -> dict[str, object]:
        """Answer the fields that the plugin reads."""
        return {
            "refId": "A",
            "datasource": SOURCE,
            "editorType": "sql",
            "queryType": "timeseries" if self._series else "table",
            "format": _TIME_SERIES if self._series else _TABLE,
            "pluginVersion": _VERSION,
            "rawSql": self._sql,
        }


def build_panel(panel: Panel, number: int) -> Builder[dashboard.Panel]:
    """Answer the panel; `number` is its id within the dashboard."""
    query = panel.named
    built: Any = _drawn(panel)
    built.id(number).title(panel.heading).description(_description(panel)).datasource(SOURCE)
    built.span(panel.width).height(panel.height)
    if panel.over:
        built.time_from(panel.over)
    if "bucket" in query.parameters and "bucket" not in panel.values:
        built.interval(f"{query.parameters['bucket'].default}s")
    if isinstance(built, table.Panel | stat.Panel):
        built.no_value("nothing")
    return built  # type: ignore[no-any-return]  # Any above: the three builders share these methods, but no base


def _description(panel: Panel) -> str:
    query = panel.named
    lines = [f"- {display_name(name)}: {column.description}" for name, column in query.columns.items()]
    return "\n".join([query.description, "", *lines, "", f"Named query: `{panel.query}`"])


@singledispatch
def _drawn(panel: Panel) -> _Builder:
    raise TypeError(f"no such panel: {panel}")


@_drawn.register
def _table(panel: Table) -> _Builder:
    built = table.Panel().with_target(Target(sql_of(panel.named, panel.values), series=False))
    built.unit("string").filterable(True).cell_height(common.TableCellHeight.SM)
    built.cell_options(common.TableAutoCellOptions())
    for name, properties in overrides(panel.named, panel.links).items():
        built.override_by_name(name, properties)
    return built


@_drawn.register
def _matrix(panel: Matrix) -> _Builder:
    inner = sql_of(panel.named, panel.values)
    columns = [f"toString({panel.row}) AS {panel.row}", f"toString({panel.column}) AS {panel.column}", panel.value]
    grouping = {"rowField": panel.row, "columnField": panel.column, "valueField": panel.value, "emptyValue": "null"}
    return (
        table.Panel()
        .with_target(Target(select(columns, inner), series=False))
        .unit(unit_of(panel.named.columns[panel.value]))
        .min(0)
        .cell_height(common.TableCellHeight.SM)
        .cell_options(common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC))
        .color_scheme(dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.CONTINUOUS_BL_PU))
        .with_transformation(dashboard.DataTransformerConfig(id_val="groupingToMatrix", options=grouping))
    )


@_drawn.register
def _series(panel: Series) -> _Builder:
    query = panel.named
    kinds = {name: column.kind for name, column in query.columns.items()}
    moment = next(name for name, kind in kinds.items() if kind in {"time", "day"})
    time = moment if kinds[moment] == "time" else f"toDateTime({moment}, 'UTC')"
    labels = [f"toString({name}) AS {name}" for name in panel.by]
    columns = [time if time == "time" else f"{time} AS time", *labels, *panel.columns]
    sql = select(columns, sql_of(query, panel.values), "ORDER BY time")
    built = timeseries.Panel().with_target(Target(sql, series=True)).unit(unit_of(query.columns[panel.columns[0]]))
    built.min(0).line_width(1).show_points(common.VisibilityMode.AUTO)
    built.legend(
        common_builders.VizLegendOptions()
        .show_legend(True)
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
    )
    built.tooltip(
        common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    )
    if panel.bars:
        stacking = common_builders.StackingConfig().mode(common.StackingMode.NORMAL)
        built.draw_style(common.GraphDrawStyle.BARS).fill_opacity(80).stacking(stacking)
    else:
        built.fill_opacity(8).span_nulls(True)
    if not panel.by:
        _each_axis(panel, built)
    return built


def _each_axis(panel: Series, built: timeseries.Panel) -> None:
    """Name each line and give it its unit; lines whose unit differs from the first's are measured on the right."""
    columns = panel.named.columns
    first = unit_of(columns[panel.columns[0]])
    for name in panel.columns:
        unit = unit_of(columns[name])
        properties = [
            dashboard.DynamicConfigValue("displayName", display_name(name)),
            dashboard.DynamicConfigValue("unit", unit),
        ]
        if unit != first:
            properties.append(dashboard.DynamicConfigValue("custom.axisPlacement", "right"))
        built.override_by_name(name, properties)


@_drawn.register
def _stat(panel: Stat) -> _Builder:
    query = panel.named
    labels = [f"toString({panel.by}) AS {panel.by}"] if panel.by else []
    sql = select([*labels, *panel.columns], sql_of(query, panel.values))
    reduced = common_builders.ReduceDataOptions().values(bool(panel.by)).calcs(["lastNotNull"]).fields("")
    built = stat.Panel().with_target(Target(sql, series=False)).unit(unit_of(query.columns[panel.columns[0]]))
    built.reduce_options(reduced).graph_mode(common.BigValueGraphMode.NONE)
    built.color_mode(common.BigValueColorMode.NONE).text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    for name in panel.columns if not panel.by else ():
        built.override_by_name(
            name,
            [
                dashboard.DynamicConfigValue("displayName", display_name(name)),
                dashboard.DynamicConfigValue("unit", unit_of(query.columns[name])),
            ],
        )
    return built

"""The page beside the dashboards."""

from collections.abc import Sequence

from tools.dashboards.alerts import RULES
from tools.dashboards.model import Board

__all__ = ["readme"]

_HEAD = """# Grafana

Dashboards, alert rules and the data source for Grafana 11.6 or newer with the ClickHouse plugin 4.20
(`grafana-clickhouse-datasource`). Every panel asks one named query (`docs/reference/queries.md`), so Grafana shows what
the API, the command line and the console show. All files here are written by `make dashboards`; change
`tools/dashboards` instead.

## Set up

1. Install the plugin: `grafana cli plugins install grafana-clickhouse-datasource`.
2. Copy `dashboards/` to `/etc/grafana/otel-lift/dashboards` and the files of `provisioning/` into the folders of the
   same names of Grafana's provisioning (usually `/etc/grafana/provisioning`).
3. In `provisioning/datasources/otel-lift.yaml` set host and port: of the gateway's SQL endpoint
   (`exporters.clickhouse.sql_endpoint`, protocol `http`), or of your ClickHouse server, there with `native` as well. A
   token of the SQL endpoint belongs into the environment variable `OTEL_LIFT_SQL_TOKEN` of Grafana's process.
4. Start Grafana. The dashboards are in the folder "OTel Lift". The three OpenTelemetry dashboards that the plugin
   brings (logs, traces, service) work on the same data source: import them on its page, under "Dashboards".

Whoever may ask the data source may read all that its token or user may read, row by row: roles and k-anonymity are the
query API's. Give Grafana's viewers a data source only if they may see pseudonyms, or remove the dashboards
"Users in trouble" and "Privacy".

Times and days are in UTC. Ad hoc filters of Grafana are for a ClickHouse server: the gateway's SQL endpoint does not
take the setting by which they work.

"""


def readme(boards: Sequence[Board]) -> str:
    """Answer the page, with a table of all dashboards and alert rules."""
    lines = ["## Dashboards", "", "| Dashboard | Panels | Named queries |", "| --- | --- | --- |"]
    for board in boards:
        queries = ", ".join(dict.fromkeys(f"`{panel.query}`" for panel in board.panels))
        lines.append(f"| [{board.title}](dashboards/{board.name}.json) | {len(board.panels)} | {queries} |")
    lines += ["", "## Alert rules", "", "| Rule | Named query | When |", "| --- | --- | --- |"]
    for rule in RULES:
        lasting = "at once" if rule.lasting == "0s" else f"for {rule.lasting}"
        when = f"above {rule.above:g} in the last {rule.seconds // 60} min, {lasting}"
        lines.append(f"| {rule.title} | `{rule.query}` | {when} |")
    return _HEAD + "\n".join(lines) + "\n"

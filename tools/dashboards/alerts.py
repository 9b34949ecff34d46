"""Alert rules over named queries, as Grafana provisions them from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_lift.queries import find
from tools.dashboards.links import PLUGIN
from tools.dashboards.sql import select, sql_of

__all__ = ["RULES", "Rule", "groups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alert when a number is above `above` for `lasting`; `columns` are texts that name the alert, then the number.

    `seconds` is how far back each evaluation looks; `rest` is what follows the query in the SQL.
    """

    name: str
    title: str
    summary: str
    query: str
    columns: tuple[str, ...]
    above: float
    seconds: int
    lasting: str
    severity: str
    board: str
    rest: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The query of the rule: alerts have no template variables, so no filter is set."""
        named = find(self.query)
        unfiltered = dict.fromkeys(map(str, named.filters), "''")
        return select(self.columns, sql_of(named, {**unfiltered, **self.values}), self.rest)


RULES = (
    Rule(
        name="failed-job",
        title="A job of the gateway failed",
        summary="The job {{ $labels.job }} failed in its latest run.",
        query="job-status",
        columns=("job", "gateway", "toFloat64(outcome = 'failed') AS failed"),
        above=0,
        seconds=600,
        lasting="0s",
        severity="high",
        board="pipeline",
    ),
    Rule(
        name="critical-errors",
        title="Errors of high impact",
        summary="{{ $labels.event }} stops people or loses data.",
        query="high-impact-errors",
        columns=("event", "toFloat64(sum(errors)) AS total"),
        rest="GROUP BY event",
        above=0,
        seconds=600,
        lasting="0s",
        severity="critical",
        board="failures",
    ),
    Rule(
        name="cascade",
        title="Several endpoints fail together",
        summary="At least three endpoints failed within five minutes.",
        query="endpoint-cascades",
        columns=("toFloat64(count()) AS cascades",),
        above=0,
        seconds=900,
        lasting="0s",
        severity="critical",
        board="endpoints",
    ),
    Rule(
        name="spool-age",
        title="The spool does not empty",
        summary="The gateway {{ $labels.gateway }} holds data that it could not store for minutes.",
        query="spool-depth",
        columns=("gateway", "toFloat64(max(oldest_seconds)) AS oldest"),
        rest="GROUP BY gateway",
        values={"bucket": "toUInt32(60)"},
        above=300,
        seconds=300,
        lasting="2m",
        severity="high",
        board="pipeline",
    ),
)
"""All rules."""


def groups(source: str) -> dict[str, Any]:
    """Answer the file of alert rules over the data source of this uid."""
    group = {"orgId": 1, "name": "otel-lift", "folder": "OTel Lift", "interval": "1m"}
    return {"apiVersion": 1, "groups": [{**group, "rules": [_provisioned(rule, source) for rule in RULES]}]}


def _provisioned(rule: Rule, source: str) -> dict[str, Any]:
    asked = {
        "refId": "A",
        "datasource": {"type": PLUGIN, "uid": source},
        "editorType": "sql",
        "queryType": "table",
        "format": 1,
        "rawSql": rule.sql,
    }
    judged = {
        "refId": "B",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": {"type": "gt", "params": [rule.above]}}],
    }
    span = {"from": rule.seconds, "to": 0}
    return {
        "uid": f"lift-{rule.name}",
        "title": rule.title,
        "condition": "B",
        "data": [
            {"refId": "A", "relativeTimeRange": span, "datasourceUid": source, "model": asked},
            {"refId": "B", "relativeTimeRange": span, "datasourceUid": "__expr__", "model": judged},
        ],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule.lasting,
        "annotations": {"summary": rule.summary, "dashboard": f"/d/lift-{rule.board}"},
        "labels": {"severity": rule.severity, "source": "otel-lift"},
    }

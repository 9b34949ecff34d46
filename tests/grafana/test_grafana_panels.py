"""What the dashboards ask, sent to the SQL endpoint as the plugin would send it, over nothing and over a world."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from grafana_queries import Answer, View, ask, expand, panels, targets
from hypothesis import example, given, settings
from hypothesis import strategies as st

from otel_lift.store import Store, open_store
from otel_lift.store.endpoint import serve_endpoint
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic.world import World, WorldOptions, fill
from tools.dashboards.links import LINKS
from tools.dashboards.sql import variable

FOLDER = Path(__file__).parents[2] / "collector-config" / "grafana"
DASHBOARDS = [json.loads(path.read_text("utf-8")) for path in sorted((FOLDER / "dashboards").glob("*.json"))]
PANELS = [
    pytest.param(panel, id=f"{dashboard['uid']}-{panel['id']}")
    for dashboard in DASHBOARDS
    for panel in panels(dashboard)
]
VARIABLES = {
    variable["name"]: variable["query"]["rawSql"]
    for dashboard in DASHBOARDS
    for variable in dashboard["templating"]["list"]
    if variable["type"] == "query"
}
RULES = [
    pytest.param(rule, id=rule["uid"])
    for group in yaml.safe_load((FOLDER / "provisioning/alerting/otel-lift.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
NOTHING = dict.fromkeys(("service", "environment", "user_type", "person", "session", "pattern", "experiment"), "")

END = datetime.now(UTC) + timedelta(minutes=10)  # rows of the tests are older, however long they take
DAYS = View(END - timedelta(days=10), END, 3600)

NUMBERS = ("UInt", "Int", "Float", "Decimal")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, int]]:
    """Serve a store with all tables and no row; both stores of this module share the engine's one folder."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('grafana')}/store") as store:
        apply(store, SchemaOptions())
        served = serve_endpoint(store, port=0)
        yield store, served.port
        served.stop()


@pytest.fixture(scope="module")
def full(empty: tuple[Store, int]) -> Iterator[tuple[Store, int]]:
    """Serve a small world, and rows of the gateway's own."""
    with open_store(f"chdb://{empty[0].dsn.path}?database=world") as store:
        apply(store, SchemaOptions(database="world"))
        fill(store, World(WorldOptions(people=400, days=25, events=20_000)))
        for rows in OWN_ROWS:
            store.command(rows)
        served = serve_endpoint(store, port=0)
        yield store, served.port
        served.stop()


@pytest.fixture(scope="module")
def chosen(full: tuple[Store, int]) -> Mapping[str, str]:
    """Choose a person, a session, a pattern and an experiment that there are, as somebody who follows links would."""
    port = full[1]
    columns = {
        "person": "argMax(subject, event_time)",
        "session": "argMax(session_id, event_time)",
        "pattern": "topK(1)(fingerprint)[1]",
    }
    where = "category = 'failures' AND subject != '' AND session_id != '' AND fingerprint != ''"
    found = ask(port, f"SELECT {', '.join(columns.values())} FROM lift_events WHERE {where}", "world")
    experiment = ask(port, "SELECT any(experiment) FROM lift_events WHERE event = 'experiment_exposure'", "world")
    return {**NOTHING, **dict(zip(columns, found.rows[0], strict=True)), "experiment": experiment.rows[0][0]}


OWN_ROWS = [
    """INSERT INTO otel_metrics_sum
       (TimeUnix, ServiceName, MetricName, Attributes, Value, AggregationTemporality, IsMonotonic)
       SELECT now64(9) - toIntervalSecond(15 * number), 'otel-lift', name, map('gateway', 'one', label, 'x'), 5, 1, true
       FROM numbers(100)
       ARRAY JOIN
           ['otel_lift_records_received', 'otel_lift_requests_refused', 'otel_lift_consent_dropped',
            'otel_lift_redactions', 'otel_lift_stage_seconds'] AS name,
           ['signal', 'reason', 'category', 'rule', 'stage'] AS label""",
    """INSERT INTO otel_metrics_gauge (TimeUnix, ServiceName, MetricName, Attributes, Value)
       SELECT now64(9) - toIntervalSecond(15 * number), 'otel-lift', name, map('gateway', 'one'), number
       FROM numbers(100)
       ARRAY JOIN
           ['otel_lift_spool_bytes', 'otel_lift_spool_segments', 'otel_lift_spool_oldest_seconds'] AS name""",
    """INSERT INTO lift_jobs (job, gateway, due, started, ended, took, outcome, error, runs, failures)
       SELECT 'backup', 'one', now64(3), now64(3), now64(3), 1.5, 'failed', 'OSError', 1, 1""",
    """INSERT INTO lift_audit (time, actor, action, person, outcome, gateway)
       VALUES (now64(9), 'ann', 'subject erase', 'p', 'done', 'one')""",
    """INSERT INTO lift_resolutions (fingerprint, resolved, resolution, resolved_by, resolved_at)
       VALUES ('f', true, 'mended', 'ann', now64(9))""",
    """INSERT INTO lift_consent (entry, person, category, granted, event_time, known_time)
       VALUES ('e', 'p', 'analytics', true, now64(9), now64(9))""",
    """INSERT INTO otel_logs (Timestamp, ServiceName, LogAttributes)
       SELECT now64(9), 'shop', map('lift.redaction.rules', 'email', 'lift.redaction.count', '2')""",
    """INSERT INTO lift_events (event, event_time, receive_time, category, subject, wave_id, feature, validation)
       VALUES ('wave_joined', now64(9) - 60, now64(9), 'behaviour', 'p', 'morning', '', ''),
              ('feature_used', now64(9) - toIntervalDay(20), now64(9), 'behaviour', 'p', '', 'forgotten', ''),
              ('feature_used', now64(9) - 60, now64(9), 'behaviour', 'p', '', 'new', 'unknown attribute')""",
]


def view_of(panel: Mapping[str, Any]) -> View:
    """Answer ten days, or the range that the panel has of its own."""
    own = panel.get("timeFrom")
    return View(END - timedelta(days=int(own.removesuffix("d"))), END, 3600) if own else DAYS


def answers(panel: Mapping[str, Any], port: int, values: Mapping[str, str], database: str = "otel") -> list[Answer]:
    """Ask each query of a panel."""
    return [ask(port, expand(target["rawSql"], view_of(panel), values), database) for target in panel["targets"]]


def shaped(panel: Mapping[str, Any], answer: Answer) -> None:
    """Assert that the answer has what the panel draws."""
    columns = answer.columns
    numbers = [name for name, kind in columns.items() if is_number(kind)]
    assert columns
    if panel["type"] == "timeseries":
        assert next(iter(columns)) == "time"
        assert columns["time"].startswith("DateTime")
        others = [name for name in columns if name != "time" and name not in numbers]
        assert all("String" in columns[name] for name in others), "what is neither time nor number labels the lines"
        assert numbers
    if panel["type"] == "stat":
        assert numbers


def is_number(kind: str) -> bool:
    """Whether Grafana reads a column of the type as a number."""
    return kind.removeprefix("Nullable(").removeprefix("LowCardinality(").startswith(NUMBERS)


@pytest.mark.parametrize("panel", PANELS)
def test_over_nothing(panel: dict[str, Any], empty: tuple[Store, int]) -> None:
    """Each panel's query runs over no data at all, and its answer has the columns that the panel draws."""
    for answer in answers(panel, empty[1], NOTHING):
        shaped(panel, answer)


@pytest.mark.parametrize("panel", PANELS)
def test_over_a_world(panel: dict[str, Any], full: tuple[Store, int], chosen: Mapping[str, str]) -> None:
    """Each panel has at least one row to show, in the columns that it draws, and an override for none but them."""
    for answer in answers(panel, full[1], chosen, "world"):
        shaped(panel, answer)
        assert answer.rows
        assert {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]} <= set(answer.columns)


@pytest.mark.parametrize("name", VARIABLES)
def test_values_of_a_filter(name: str, empty: tuple[Store, int], full: tuple[Store, int]) -> None:
    """A filter offers 'All' for no filter at all, first, and then the values that there are."""
    nothing = ask(empty[1], expand(VARIABLES[name], DAYS, {}))
    assert nothing.rows == [["", "All"]]
    something = ask(full[1], expand(VARIABLES[name], DAYS, {}), "world")
    assert something.rows[0] == ["", "All"]
    assert len(something.rows) > 1
    assert all(value and text == value for value, text in something.rows[1:])


def test_a_filter_filters(full: tuple[Store, int]) -> None:
    """A service that there is leaves its rows, one that there is not leaves none, and all of them are all."""
    asked = [pair for dashboard in DASHBOARDS for pair in targets(dashboard)]
    sql = next(sql for panel, sql in asked if panel["title"] == "Failures by event")

    def failures(service: str) -> int:
        rows = ask(full[1], expand(sql, DAYS, {**NOTHING, "service": service}), "world").rows
        return sum(int(row[1]) for row in rows)

    services = [row[0] for row in ask(full[1], expand(VARIABLES["service"], DAYS, {}), "world").rows[1:]]
    each = [failures(service) for service in services]
    assert failures("no such service") == 0
    assert all(each)
    assert failures("") >= sum(each)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example(text="\\' OR 1 = 1 -- ")
def test_no_value_leaves_its_quotes(empty: tuple[Store, int], text: str) -> None:
    """Whatever a person types into a variable reaches the query as that text: quotes, backslashes and all."""
    sql = f"SELECT hex({variable('person')})"
    assert ask(empty[1], expand(sql, DAYS, {"person": text})).rows == [[text.encode().hex().upper()]]


def test_variables_have_no_other_form() -> None:
    """No query of a panel writes what a person typed or chose in any form but that one."""
    for dashboard in DASHBOARDS:
        names = {each["name"] for each in dashboard["templating"]["list"]}
        for panel, sql in targets(dashboard):
            used = set(re.findall(r"\$\{?(?!__)\w+", sql))
            written = {f"${{{name}" for name in names}
            assert used <= written, panel["title"]
            assert sql.count("${") == sum(sql.count(variable(name)) for name in names), panel["title"]


def test_the_link_to_a_trace_asks_for_its_spans(empty: tuple[Store, int]) -> None:
    """The query within the link to a trace runs, and answers the columns that Grafana's view of a trace needs."""
    panes = json.loads(unquote(LINKS["trace"][1].partition("panes=")[2]))
    query = panes["trace"]["queries"][0]
    assert query["datasource"]["uid"] == "${datasource}"
    sql = query["rawSql"].replace("${__value.raw}", "ab" * 16)
    columns = ask(empty[1], expand(sql, DAYS, {})).columns
    assert {"traceID", "spanID", "parentSpanID", "serviceName", "operationName", "startTime", "duration"} <= set(
        columns
    )


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_rule_judges_a_number(rule: dict[str, Any], empty: tuple[Store, int], full: tuple[Store, int]) -> None:
    """An alert rule's query answers texts, which name the alert, and one number, over nothing and over a world."""
    asked, judged = rule["data"]
    assert judged["model"]["expression"] == asked["refId"]
    assert rule["condition"] == judged["refId"]
    seconds = asked["relativeTimeRange"]["from"]
    for port, database in ((empty[1], "otel"), (full[1], "world")):
        sql = expand(asked["model"]["rawSql"], View(END - timedelta(seconds=seconds), END, 60), {})
        kinds = [kind for kind in ask(port, sql, database).columns.values() if "String" not in kind]
        assert len(kinds) == 1
        assert is_number(kinds[0])

from typing import Any

from otel_lift.semconv import COLUMNS
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions, apply, diff, statements

pytest_plugins = ["clickhouse_engines"]


def _options(store: Store, **changes: Any) -> SchemaOptions:
    return SchemaOptions(database=store.dsn.database, **changes)


def test_applying_twice_changes_nothing(store: Store) -> None:
    """The second run of the migrations finds nothing to do, and nothing differs."""
    options = _options(store)
    assert apply(store, options) == [
        "0001_standard_tables",
        "0002_lift_events",
        "0003_lift_error_patterns",
        "0004_standard_metrics",
        "0005_privacy",
        "0006_rollups",
        "0007_operations",
    ]
    assert apply(store, options) == []
    assert diff(store, options) == []
    assert len(store.query("SELECT name FROM lift_migrations").rows) == 7


def test_what_is_missing_is_named_and_brought_back(store: Store) -> None:
    """A dropped column, view and dedup window are each told by name, and applying again restores them."""
    options = _options(store)
    apply(store, options)
    store.command("ALTER TABLE otel_traces DROP COLUMN StatusMessage")
    store.command("DROP TABLE lift_error_patterns_mv")
    store.command("ALTER TABLE otel_logs RESET SETTING non_replicated_deduplication_window")
    assert [str(difference) for difference in diff(store, options)] == [
        "otel_logs: setting non_replicated_deduplication_window = 10000 is missing",
        "otel_traces: column StatusMessage is missing",
        "lift_error_patterns_mv: is missing",
    ]
    apply(store, options)
    assert diff(store, options) == []


def test_a_changed_type_is_told_and_left_to_a_person(store: Store) -> None:
    """A column of another type is a difference that applying does not touch."""
    options = _options(store)
    apply(store, options)
    store.command("ALTER TABLE otel_logs MODIFY COLUMN EventName LowCardinality(String)")
    expected = "otel_logs: column EventName is LowCardinality(String), expected String"
    assert [str(difference) for difference in diff(store, options)] == [expected]
    assert apply(store, options) == []


def test_a_new_time_to_live_is_applied(store: Store) -> None:
    """Changing the days in the configuration changes the tables, once."""
    apply(store, _options(store))
    shorter = _options(store, raw_days=10, user_error_days=5, aggregate_days=20, monthly_days=30)
    assert len(apply(store, shorter)) == 18
    assert diff(store, shorter) == []
    created = store.query("SELECT create_table_query FROM system.tables WHERE name = 'lift_events'").rows[0][0]
    assert "toIntervalDay(10)" in created
    assert "toIntervalDay(5) WHERE event = 'user_error'" in created


def test_tables_that_the_collector_made_are_completed(store: Store) -> None:
    """An `otel_traces` without our settings and columns is kept with its rows, and gets what it lacks."""
    options = _options(store)
    store.command(f"CREATE DATABASE {store.dsn.database} ENGINE = Atomic", use_database=False)
    store.command(
        "CREATE TABLE otel_traces (Timestamp DateTime64(9), TraceId String, ServiceName LowCardinality(String), "
        "SpanName LowCardinality(String)) ENGINE = MergeTree ORDER BY (ServiceName, SpanName)"
    )
    store.command("INSERT INTO otel_traces (Timestamp, TraceId) SELECT now64(9), 'kept'")
    apply(store, options)
    assert diff(store, options) == []
    assert store.query("SELECT TraceId, SpanAttributes FROM otel_traces").rows[0][0] == "kept"


def test_events_have_every_column_of_the_registry(store: Store) -> None:
    """`lift_events` has the registry's columns with their descriptions, and the map that takes the rest."""
    apply(store, _options(store))
    rows = store.query(
        "SELECT name, comment FROM system.columns WHERE database = currentDatabase() AND table = 'lift_events'"
    ).rows
    assert {name for name, _ in rows} == {*COLUMNS, "properties"}
    assert all(comment for _, comment in rows)


def test_logs_answer_to_the_names_of_the_collector(store: Store) -> None:
    """The materialized columns and the time column of older dashboards are there."""
    apply(store, _options(store))
    store.command(
        "INSERT INTO otel_logs (Timestamp, ResourceAttributes, Body) SELECT now64(9), "
        "map('k8s.pod.name', 'pod-1', 'deployment.environment.name', 'test'), 'hello'"
    )
    row = store.query(
        "SELECT TimestampTime = toDateTime(Timestamp), `__otel_materialized_k8s.pod.name`, "
        "`__otel_materialized_deployment.environment.name` FROM otel_logs WHERE hasToken(lower(Body), 'hello')"
    ).rows
    assert list(row) == [(1, "pod-1", "test")]


def test_a_cluster_gets_replicated_and_distributed_tables() -> None:
    """With a cluster every statement names it; rows lie in replicated local tables that remember tokens for long."""
    text = statements(SchemaOptions(cluster="main"))
    assert all("ON CLUSTER `main`" in statement for statement in text)
    traces = next(statement for statement in text if "`otel_traces_local`" in statement)
    assert "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')" in traces
    assert "replicated_deduplication_window_seconds = 604800" in traces
    assert any("Distributed(`main`, `otel`, `otel_traces_local`, cityHash64(TraceId))" in one for one in text)
    view = next(statement for statement in text if "MATERIALIZED VIEW" in statement)
    assert "TO `otel`.`otel_traces_trace_id_ts_local`" in view
    assert "FROM `otel`.`otel_traces_local`" in view


def test_one_server_gets_no_cluster_clauses() -> None:
    """Without a cluster nothing is replicated or distributed, and every table on disk remembers tokens."""
    text = statements(SchemaOptions())
    assert not [one for one in text if "CLUSTER" in one or "Replicated" in one or "_local" in one]
    tables = [one for one in text if one.startswith("CREATE TABLE") and "ENGINE = Memory" not in one]
    assert all("non_replicated_deduplication_window = 10000" in one for one in tables)

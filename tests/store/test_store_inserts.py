from pathlib import Path

import pyarrow as pa
import pytest
from clickhouse_engines import TODAY, errors, interned, spans, stream

from otel_lift.errors import StoreError
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

pytest_plugins = ["clickhouse_engines"]


@pytest.fixture
def made(store: Store) -> Store:
    """Apply the schema."""
    apply(store, SchemaOptions(database=store.dsn.database))
    return store


def _count(store: Store, table: str = "otel_traces") -> int:
    return int(store.query(f"SELECT count() FROM {table}").rows[0][0])


def test_batches_with_different_dictionaries_are_all_stored(made: Store, tmp_path: Path) -> None:
    """A stream whose batches have other dictionaries, inside maps too, is stored whole, from a file as from bytes."""
    batches = [spans(50, f"GET /{number}") for number in range(4)]
    file = tmp_path / "it's a segment.arrow"
    file.write_bytes(stream(batches))
    made.insert_stream("otel_traces", batches[0].schema.names, file, "from-file")
    made.insert_stream("otel_traces", batches[0].schema.names, stream(batches), "from-bytes")
    rows = made.query(
        "SELECT SpanName, count(), countIf(SpanAttributes['http.route'] = SpanName) FROM otel_traces "
        "GROUP BY SpanName ORDER BY SpanName"
    ).rows
    assert list(rows) == [(f"GET /{number}", 100, 100) for number in range(4)]
    own = "SELECT countIf(SpanAttributes['key.' || SpanName] = toString(Duration)) FROM otel_traces"
    assert made.query(own).rows[0][0] == 400
    assert made.query(
        "SELECT max(Timestamp) = fromUnixTimestamp64Nano({last:Int64}) FROM otel_traces", {"last": TODAY * 10**9 + 49}
    ).rows[0][0]


@pytest.mark.parametrize("folder", ["plain", "glob{a,b}", "star*", "what?", "[set]", "quo'te", "back\\slash"])
def test_any_file_name_is_a_file_name(made: Store, tmp_path: Path, folder: str) -> None:
    """A file is found by its name, never taken for a pattern: nothing is stored of no other, and all of this one."""
    file = tmp_path / folder / "segment.arrow"
    file.parent.mkdir()
    file.write_bytes(stream([spans(10)]))
    made.insert_stream("otel_traces", spans(1).schema.names, file, "one", rows=10)
    assert _count(made) == 10


def test_rows_that_were_not_read_are_missed(tmp_path: Path) -> None:
    """A file that holds other than the promised number of rows is an error."""
    file = tmp_path / "segment.arrow"
    file.write_bytes(stream([spans(10)]))
    with open_store(f"chdb://{tmp_path}/store") as store:
        apply(store, SchemaOptions())
        with pytest.raises(StoreError, match="10 of 11 rows"):
            store.insert_stream("otel_traces", spans(1).schema.names, file, "one", rows=11)


def test_the_embedded_engine_indexes_when_it_merges(tmp_path: Path) -> None:
    """An insert does not pay for skip indexes, which a merge builds of all rows; queries find rows with and without."""
    size = "SELECT sum(secondary_indices_compressed_bytes) FROM system.parts WHERE table = 'otel_traces' AND active"
    found = "SELECT count() FROM otel_traces WHERE has(mapValues(SpanAttributes), 'GET /7')"
    with open_store(f"chdb://{tmp_path}/store") as store:
        apply(store, SchemaOptions())
        for number in (7, 8):
            batch = spans(10, f"GET /{number}")
            store.insert_stream("otel_traces", batch.schema.names, stream([batch]), f"token {number}")
        assert store.query(found).rows[0][0] == 10
        fresh = store.query(size).rows[0][0]
        store.command("OPTIMIZE TABLE otel_traces FINAL")
        assert store.query(size).rows[0][0] > fresh
        assert store.query(found).rows[0][0] == 10


def test_a_token_counts_once(made: Store) -> None:
    """The same stream with the same token, sent three times, is there once; so is what the views made of it."""
    data, columns = stream([spans(10)]), spans(1).schema.names
    for _ in range(3):
        made.insert_stream("otel_traces", columns, data, "one")
    assert _count(made) == 10
    assert _count(made, "otel_traces_trace_id_ts") == 10


def test_a_token_with_other_data_is_dropped(made: Store) -> None:
    """Other rows under a known token are dropped in silence, which is why a token holds the segment's hash."""
    made.insert_stream("otel_traces", spans(1).schema.names, stream([spans(10)]), "one")
    made.insert_stream("otel_traces", spans(1).schema.names, stream([spans(7, "other")]), "one")
    assert _count(made) == 10


def test_equal_rows_of_two_segments_are_both_kept(made: Store) -> None:
    """Equal data under two tokens is no duplicate, in the views neither."""
    data, columns = stream([errors(6)]), errors(1).schema.names
    made.insert_stream("lift_events", columns, data, "one")
    made.insert_stream("lift_events", columns, data, "two")
    assert _count(made, "lift_events") == 12
    assert made.query("SELECT sum(occurrences) FROM lift_error_patterns").rows[0][0] == 12


def test_a_token_holds_over_partitions(made: Store) -> None:
    """A segment of several days is several parts, and a retry adds to none of them."""
    batches = [spans(5, "a", second=TODAY - day * 86_400) for day in range(5)]
    for _ in range(2):
        made.insert_stream("otel_traces", batches[0].schema.names, stream(batches), "days")
    assert _count(made) == 25


def test_a_retry_repairs_a_view_that_missed_the_rows(made: Store) -> None:
    """Rows that reached the table but not the view's target are in both after the same token comes again."""
    view = made.query(
        "SELECT create_table_query FROM system.tables WHERE name = 'lift_error_patterns_mv' "
        "AND database = currentDatabase()"
    ).rows[0][0]
    made.command("DROP TABLE lift_error_patterns_mv")
    data, columns = stream([errors(8)]), errors(1).schema.names
    made.insert_stream("lift_events", columns, data, "one")
    made.command(view)
    for _ in range(2):
        made.insert_stream("lift_events", columns, data, "one")
    assert _count(made, "lift_events") == 8
    assert made.query("SELECT sum(occurrences) FROM lift_error_patterns").rows[0][0] == 8


def test_patterns_say_how_often_who_and_where(made: Store) -> None:
    """The aggregate of a pattern has its occurrences, people, first and last time, pages and an example."""
    made.insert_stream("lift_events", errors(1).schema.names, stream([errors(9)]), "one")
    row = made.query(
        "SELECT sum(occurrences) AS n, uniqMerge(affected_users) AS users, max(last_seen) > min(first_seen) AS later, "
        "topKMerge(3)(pages)[1] AS page, anyLast(template) AS template, argMaxMerge(sample) AS sample "
        "FROM lift_error_patterns GROUP BY fingerprint"
    ).dicts()[0]
    assert row == {
        "n": 9, "users": 3, "later": 1, "page": "/pay", "template": "no such <id>", "sample": "no such 8",
    }  # fmt: skip


def test_events_without_a_pattern_or_a_person_are_not_counted_as_such(made: Store) -> None:
    """No fingerprint, no pattern; an anonymised event counts as an occurrence but as nobody."""
    plain = errors(4, fingerprint="")
    nobody = errors(4).set_column(errors(1).schema.get_field_index("subject"), "subject", pa.array([""] * 4))
    made.insert_stream("lift_events", plain.schema.names, stream([plain]), "plain")
    made.insert_stream("lift_events", nobody.schema.names, stream([nobody]), "nobody")
    rows = made.query("SELECT sum(occurrences), uniqMerge(affected_users) FROM lift_error_patterns").rows
    assert list(rows) == [(4, 0)]


def test_a_column_that_the_table_lacks_is_refused(made: Store) -> None:
    """A stream with a column before its migration is an error, not rows without that column."""
    batch = pa.RecordBatch.from_pydict({"TraceId": ["a"], "FromTheFuture": interned(["x"])})
    with pytest.raises(StoreError, match="schema apply"):
        made.insert_stream("otel_traces", batch.schema.names, stream([batch]), "one")
    assert _count(made) == 0


def test_a_stream_from_before_a_migration_still_inserts(made: Store) -> None:
    """A segment that was written before a column was added is stored after it, with the column's default."""
    data, columns = stream([spans(5)]), spans(1).schema.names
    made.command("ALTER TABLE otel_traces ADD COLUMN Later String DEFAULT 'none'")
    made.insert_stream("otel_traces", columns, data, "one")
    assert made.query("SELECT DISTINCT Later FROM otel_traces").rows[0][0] == "none"


def test_names_and_values_never_become_sql(made: Store) -> None:
    """Hostile table names, column names and tokens are names and text, whatever they hold."""
    batch = spans(1)
    columns = batch.schema.names
    token = "x', async_insert = 1, insert_deduplication_token = '\\"
    for _ in range(2):
        made.insert_stream("otel_traces", columns, stream([batch]), token)
    assert _count(made) == 1
    for table, column in (("otel_traces` (TraceId) VALUES ('x') --", "TraceId"), ("otel_traces", "TraceId`) --")):
        with pytest.raises(StoreError):
            made.insert_stream(table, [column], stream([batch]), "t")
    assert made.query("SELECT {value:String}", {"value": "'; DROP TABLE x"}).rows[0][0] == "'; DROP TABLE x"


def test_a_restart_keeps_the_tokens(tmp_path: Path) -> None:
    """After the embedded engine was closed and opened again, a known token still counts once."""
    data, columns = stream([spans(10)]), spans(1).schema.names
    for _ in range(2):
        with open_store(f"chdb://{tmp_path}/store") as store:
            apply(store, SchemaOptions())
            store.insert_stream("otel_traces", columns, data, "one")
            assert _count(store) == 10


def test_arrow_answers_have_typed_columns(made: Store) -> None:
    """`query_arrow` answers a table with the engine's types."""
    made.insert_stream("otel_traces", spans(1).schema.names, stream([spans(3)]), "one")
    table = made.query_arrow("SELECT Duration, TraceId FROM otel_traces ORDER BY Duration LIMIT {n:UInt8}", {"n": 2})
    assert table.column("Duration").to_pylist() == [0, 1]

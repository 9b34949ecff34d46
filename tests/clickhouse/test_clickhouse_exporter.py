import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from clickhouse_engines import server_process, spans
from otel_lift_clickhouse import COMPONENT, ClickHouseConfig
from otel_lift_clickhouse.exporter import dsn_of, schema_options
from pydantic import ValidationError

from otel_lift.errors import StoreUnavailableError
from otel_lift.pipeline import Services
from otel_lift.pipeline.export import ExportLoop, ExportStatus
from otel_lift.pipeline.exporter import Exporter
from otel_lift.spool import SpoolConfig, SpoolReader, SpoolWriter, TableRows
from otel_lift.store import Dsn, Store, open_store

pytest_plugins = ["clickhouse_engines"]

_RETRY = {"initial_interval": 0.01, "max_interval": 0.05}


def _exporter(data: Path, dsn: str | None, **options: object) -> Exporter:
    config = ClickHouseConfig.model_validate({"dsn": dsn, "retry": _RETRY, "sql_endpoint": None, **options})
    return COMPONENT.create(config, Services(name="clickhouse", data=data))


def _fill(data: Path, *names: str, rows: int = 5) -> None:
    writer = SpoolWriter(data / "spool", SpoolConfig())
    writer.start()
    for name in names:
        writer.write([TableRows("otel_traces", spans(rows, name))], ["clickhouse"]).result(10)
        writer.flush()
    writer.close()


@contextmanager
def _running(data: Path, exporter: Exporter) -> Iterator[Callable[[Callable[[ExportStatus], bool]], ExportStatus]]:
    """Run the loop; the value waits until its status is as wanted."""
    changed = threading.Condition()
    seen = [ExportStatus()]

    def report(status: ExportStatus) -> None:
        with changed:
            seen.append(status)
            changed.notify_all()

    def until(reached: Callable[[ExportStatus], bool]) -> ExportStatus:
        with changed:
            assert changed.wait_for(lambda: reached(seen[-1]), 30), seen[-1]
            return seen[-1]

    loop = ExportLoop(SpoolReader(data / "spool", "clickhouse"), exporter, name="clickhouse", poll=0.01, report=report)
    loop.start()
    try:
        yield until
    finally:
        assert loop.stop(30)


def _text(dsn: Dsn) -> str:
    if dsn.path is not None:
        return f"chdb://{dsn.path}"
    return f"clickhouse://127.0.0.1:{dsn.port}/{dsn.database}"


def _names(store: Store) -> dict[str, int]:
    rows = store.query("SELECT SpanName, count() FROM otel_traces GROUP BY SpanName").rows
    return {str(name): int(count) for name, count in rows}


def test_what_is_in_the_spool_is_stored_once(store: Store, tmp_path: Path) -> None:
    """Segments go from the spool to a store that had no tables, on either engine, and the spool is empty after."""
    _fill(tmp_path, "a", "b", "c")
    with _running(tmp_path, _exporter(tmp_path, _text(store.dsn), concurrency=2)) as until:
        assert until(lambda status: status.segments == 3).rows == 15
    assert _names(store) == {"a": 5, "b": 5, "c": 5}
    assert not list((tmp_path / "spool" / "otel_traces").iterdir())


def test_a_segment_that_was_stored_but_not_noted_counts_once(store: Store, tmp_path: Path) -> None:
    """A process that ends between the insert and its note sends the segment again, and it is there once."""
    _fill(tmp_path, "a")
    exporter = _exporter(tmp_path, _text(store.dsn))
    exporter.start()
    segment = next(SpoolReader(tmp_path / "spool", "clickhouse").segments())
    exporter.export(segment)
    exporter.stop()
    with _running(tmp_path, _exporter(tmp_path, _text(store.dsn))) as until:
        until(lambda status: status.segments == 1)
    assert _names(store) == {"a": 5}


def test_data_waits_for_a_migration(store: Store, tmp_path: Path) -> None:
    """With `create_schema: false` data waits, and says for what, until somebody applies the schema."""
    _fill(tmp_path, "a")
    exporter = _exporter(tmp_path, _text(store.dsn), create_schema=False)
    with _running(tmp_path, exporter) as until:
        waiting = until(lambda status: status.blocked == 1)
        assert "otel-lift schema apply" in str(waiting.error)
        from otel_lift.store.schema import apply

        apply(store, schema_options(ClickHouseConfig(), store.dsn))
        until(lambda status: status.segments == 1)
    assert _names(store) == {"a": 5}


def test_a_server_that_starts_late_gets_everything(tmp_path: Path) -> None:
    """The exporter outlives a server that is not there at the start, and one that goes away in between."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    _fill(tmp_path, "a")
    dsn = f"clickhouse://127.0.0.1:{port}/otel"
    with _running(tmp_path, _exporter(tmp_path, dsn)) as until:
        until(lambda status: status.retries >= 2)
        with server_process(tmp_path / "store", "--write", "--port", str(port)):
            until(lambda status: status.segments == 1)
        _fill(tmp_path, "b")
        retries = until(lambda status: status.error is not None).retries
        until(lambda status: status.retries > retries)
        with server_process(tmp_path / "store", "--write", "--port", str(port)):
            until(lambda status: status.segments == 2)
            with open_store(dsn) as store:
                assert _names(store) == {"a": 5, "b": 5}


@contextmanager
def _losing_proxy(target: int, losses: int) -> Iterator[int]:
    """Pass requests on to a server, and of the first inserts lose the replies."""
    lost: list[int] = []

    def pump(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", target)) as server:
            server.settimeout(0.05)
            client.settimeout(0.05)
            inserting = False
            while True:
                try:
                    data = client.recv(65_536)
                    if not data:
                        return
                    inserting = inserting or b"insert_deduplication_token" in data
                    server.sendall(data)
                except TimeoutError:
                    pass
                try:
                    reply = server.recv(65_536)
                except TimeoutError:
                    continue
                if not reply:
                    return
                if inserting and len(lost) < losses:
                    lost.append(1)
                    return
                inserting = False
                client.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            try:
                while True:
                    threading.Thread(target=pump, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert len(lost) == losses


def test_lost_replies_do_not_double_rows(server_port: int, tmp_path: Path) -> None:
    """A server that stores and whose replies are lost five times holds each row once in the end."""
    _fill(tmp_path, "a", "b", "c")
    with (
        _losing_proxy(server_port, 5) as port,
        _running(tmp_path, _exporter(tmp_path, f"clickhouse://127.0.0.1:{port}/lossy")) as until,
    ):
        until(lambda status: status.segments == 3)
    with open_store(f"clickhouse://127.0.0.1:{server_port}/lossy") as store:
        assert _names(store) == {"a": 5, "b": 5, "c": 5}
        store.command("DROP DATABASE lossy", use_database=False)


def test_the_embedded_store_answers_sql_while_it_is_filled(tmp_path: Path) -> None:
    """With an SQL endpoint configured, others read over HTTP what the exporter stores; without a store it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    _fill(tmp_path, "a")
    exporter = _exporter(tmp_path, None, sql_endpoint={"endpoint": f"127.0.0.1:{port}"})
    with _running(tmp_path, exporter) as until:
        until(lambda status: status.segments == 1)
        with open_store(f"clickhouse://127.0.0.1:{port}/otel") as store:
            assert _names(store) == {"a": 5}
    with pytest.raises(StoreUnavailableError):
        open_store(f"clickhouse://127.0.0.1:{port}/otel")


def test_configuration_says_where_and_what() -> None:
    """DSN, database, cluster and days of a configuration reach the store and its schema; the password shows nowhere."""
    config = ClickHouseConfig.model_validate(
        {
            "dsn": "clickhouse://lift:hunter2@db:9000/otel?cluster=a",
            "database": "mine",
            "cluster": "b",
            "ttl": {"raw": 7, "user_errors": 3, "aggregates": 30},
        }
    )
    dsn = dsn_of(config, Services(name="x", data=Path("data")))
    options = schema_options(config, dsn)
    assert (options.database, options.cluster, options.raw_days) == ("mine", "b", 7)
    assert (options.user_error_days, options.aggregate_days) == (3, 30)
    assert "hunter2" not in repr(config) + repr(COMPONENT.create(config, Services(name="x", data=Path("data"))))


def test_without_a_dsn_the_store_is_in_the_data_folder(tmp_path: Path) -> None:
    """The default is the embedded engine below the data folder."""
    dsn = dsn_of(ClickHouseConfig(), Services(name="x", data=tmp_path))
    assert (dsn.path, dsn.database) == (tmp_path / "store", "otel")


@pytest.mark.parametrize(
    "section",
    [{"dsn": "mysql://db"}, {"dns": "chdb:///x"}, {"ttl": {"raw": 0}}, {"concurrency": 0}, {"retry": {"max": 1}}],
)
def test_wrong_configurations_are_refused(section: dict[str, object]) -> None:
    """A wrong DSN, unknown keys and impossible numbers are errors."""
    with pytest.raises(ValidationError):
        ClickHouseConfig.model_validate(section)


def test_the_examples_of_the_readme_are_valid() -> None:
    """Each YAML block of the component's README is a configuration of it."""
    import otel_lift_clickhouse

    text = (Path(otel_lift_clickhouse.__file__).parent / "README.md").read_text()
    blocks = [part.partition("```")[0] for part in text.split("```yaml")[1:]]
    assert len(blocks) == 3
    for block in blocks:
        ClickHouseConfig.model_validate(yaml.safe_load(block)["exporters"]["clickhouse"])

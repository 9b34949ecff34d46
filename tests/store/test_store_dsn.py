import pytest

from otel_lift.errors import ConfigError
from otel_lift.store import Dsn, Store


def test_a_server_dsn_is_taken_apart() -> None:
    """User, password, host, port, database, TLS and cluster of a server are read, percent-encoding undone."""
    dsn = Dsn.parse("clickhouse://lift:p%40ss@db.example:9443/metrics?secure=1&cluster=main")
    assert (dsn.user, dsn.password, dsn.host, dsn.port) == ("lift", "p@ss", "db.example", 9443)
    assert (dsn.database, dsn.secure, dsn.cluster, dsn.embedded) == ("metrics", True, "main", False)


def test_defaults_follow_clickhouse() -> None:
    """Without a port, a database or a user those of ClickHouse's HTTP interface and of the exporter are taken."""
    plain, secure = Dsn.parse("clickhouse://db"), Dsn.parse("clickhouse://db?secure=1")
    assert (plain.port, secure.port, plain.database, plain.user) == (8123, 8443, "otel", "default")


def test_an_embedded_dsn_names_a_folder_and_options() -> None:
    """The embedded engine's DSN is an absolute folder; what follows are server settings of the engine."""
    dsn = Dsn.parse("chdb:///var/lib/otel-lift?max_server_memory_usage=1000000")
    assert str(dsn.path) == "/var/lib/otel-lift"
    assert dict(dsn.options) == {"max_server_memory_usage": "1000000"}


def test_a_password_shows_nowhere() -> None:
    """Neither text, nor representation, nor the store over it holds the password."""
    dsn = Dsn.parse("clickhouse://lift:hunter2@db/otel")
    for text in (str(dsn), repr(dsn), repr(Store(dsn))):
        assert "hunter2" not in text
    assert ":***@" in str(dsn)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://lift:hunter2@db/otel",
        "clickhouse://lift:hunter2@",
        "clickhouse://lift:hunter2@db:port/otel",
        "clickhouse://lift:hunter2@db/otel?secur=1",
        "clickhouse://lift:hunter2@db/otel?secure=maybe",
        "chdb://relative/hunter2",
        "chdb:///",
        "",
    ],
)
def test_a_wrong_dsn_is_refused_without_being_repeated(text: str) -> None:
    """A DSN that cannot be used is an error that says what to write, and never quotes the secret."""
    with pytest.raises(ConfigError) as raised:
        Dsn.parse(text)
    assert "hunter2" not in str(raised.value)

"""Two tenants in one gateway, each with a receiver and a database of its own in the same engine."""

import copy
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateways import HOST, Gateway, free_port, until

from otel_lift.config import load
from otel_lift.errors import ConfigError

_SECRET = "only-acme-knows"
_ANSWERS = "SELECT count() FROM lift_consent"


def _with_two_tenants(gateway: Gateway) -> dict[str, int]:
    """Give the gateway a second tenant, `acme`; answer the ports of its events and of its SQL."""
    ports = {"http": free_port(), "sql": free_port()}
    config = gateway.config
    config["receivers"]["otlp/acme"] = {
        "tenant": "acme",
        "protocols": {"http": {"endpoint": f"{HOST}:{ports['http']}"}},
    }
    exporter = copy.deepcopy(config["exporters"]["clickhouse"])
    exporter |= {"tenant": "acme", "sql_endpoint": {"endpoint": f"{HOST}:{ports['sql']}"}}
    config["exporters"]["clickhouse/acme"] = exporter
    pipeline = {**config["service"]["pipelines"]["logs"], "receivers": ["otlp/acme"], "exporters": ["clickhouse/acme"]}
    config["service"]["pipelines"]["logs/acme"] = pipeline
    gateway.write()
    return ports


class _World:
    """A gateway with one event of each tenant."""

    def __init__(self, gateway: Gateway) -> None:
        self.acme = _with_two_tenants(gateway)
        self.own = gateway.ports
        gateway.start()
        self._track(self.own["http"], "everybody")
        self._track(self.acme["http"], _SECRET)
        self._send(self.acme["http"], {"event": "user_consent_update", "user.id": "u1", "lift.consent.analytics": True})
        until(lambda: self._stored(self.own["sql"]) and self._stored(self.acme["sql"]), "an event of each")
        until(lambda: self.ask(self.acme["sql"], _ANSWERS) == "1\n", "an entry of the ledger")

    def ask(self, port: int, sql: str, **options: str) -> str:
        """Answer a query over HTTP, or the error's text; what the query needs is in the address."""
        address = f"http://{HOST}:{port}/?{urllib.parse.urlencode({'query': sql, **options})}"
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.read().decode())

    def _stored(self, port: int) -> bool:
        try:
            return self.ask(port, "SELECT count() FROM lift_events WHERE event = 'api_error'") == "1\n"
        except OSError:
            return False

    def _track(self, port: int, endpoint: str) -> None:
        data: dict[str, Any] = {"endpoint": endpoint, "method": "GET", "status_code": 500, "message": "out of order"}
        self._send(port, {"event": "api_error", "data": data})

    def _send(self, port: int, event: dict[str, Any]) -> None:
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(f"http://{HOST}:{port}/v1/events", body, headers), timeout=30
        ) as answer:
            assert answer.status in {200, 202}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_World]:
    with Gateway(tmp_path_factory.mktemp("tenants")) as gateway:
        yield _World(gateway)


def test_each_tenants_records_are_in_its_own_database_alone(world: _World) -> None:
    """What comes in by a tenant's receiver is stored in that tenant's database and in no other."""
    sql = "SELECT groupArray(endpoint) FROM lift_events WHERE event = 'api_error'"
    assert world.ask(world.own["sql"], sql) == "['everybody']\n"
    assert world.ask(world.acme["sql"], sql) == f"['{_SECRET}']\n"


def test_what_a_tenants_people_answered_is_kept_with_that_tenant_alone(world: _World) -> None:
    """An entry of the consent ledger is copied to the stores of its own tenant only."""
    assert world.ask(world.own["sql"], _ANSWERS) == "0\n"


_ATTEMPTS = (
    "SELECT * FROM otel_acme.lift_events",
    "SELECT * FROM `otel_acme`.`lift_events`",
    'SELECT * FROM "otel_acme" . "lift_events"',
    "SELECT /* otel */ * FROM otel_acme /* x */ . lift_events",
    "SELECT 1 WHERE 'x' NOT IN otel_acme.lift_subjects",
    "SELECT * FROM otel.lift_events AS a, otel_acme.lift_events AS b",
    "WITH t AS (SELECT * FROM otel_acme.lift_events) SELECT * FROM t",
    "SELECT (SELECT any(endpoint) FROM otel_acme.lift_events)",
    "SELECT * FROM view(SELECT * FROM otel_acme.lift_events)",
    "SELECT * FROM merge('otel_acme', 'lift_events')",
    "SELECT * FROM merge(REGEXP('otel.*'), 'lift_events')",
    "SELECT * FROM remote('127.0.0.1', 'otel_acme', 'lift_events')",
    "SELECT * FROM cluster('default', 'otel_acme', 'lift_events')",
    "SELECT * FROM mergeTreeIndex('otel_acme', 'lift_events')",
    "SELECT joinGet('otel_acme.lift_events', 'endpoint', 1)",
    "SELECT hasColumnInTable('otel_acme', 'lift_events', 'endpoint')",
    "DESCRIBE TABLE otel_acme.lift_events",
    "SHOW TABLES FROM otel_acme",
    "SHOW CREATE TABLE otel_acme.lift_events",
    "EXISTS TABLE otel_acme.lift_events",
    "EXPLAIN ESTIMATE SELECT * FROM otel_acme.lift_events",
    "SELECT query FROM system.query_log",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.mutations",
    "SELECT * FROM system.text_log",
    "SELECT * FROM `system`.`part_log`",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM INFORMATION_SCHEMA.COLUMNS",
    "SELECT * FROM system.tables SETTINGS additional_table_filters = {}",
    "USE otel_acme",
)


@pytest.mark.parametrize("sql", _ATTEMPTS)
def test_no_statement_reaches_another_tenants_database(world: _World, sql: str) -> None:
    """A reader of one tenant who names another's database, or a table that tells of it, is refused."""
    answer = world.ask(world.own["sql"], sql)
    assert answer.startswith("Code: ")
    assert _SECRET not in answer


@pytest.mark.parametrize("options", [{"database": "otel_acme"}, {"database": "system"}])
def test_no_option_of_the_request_reaches_another_tenants_database(world: _World, options: dict[str, str]) -> None:
    """A request that asks for another default database is refused."""
    assert world.ask(world.own["sql"], "SELECT * FROM lift_events", **options).startswith("Code: 164.")


def test_a_parameter_cannot_name_another_tenants_database(world: _World) -> None:
    """A bound parameter of type Identifier is refused, since its value could be any database."""
    answer = world.ask(world.own["sql"], "SELECT * FROM {d:Identifier}.lift_events", param_d="otel_acme")
    assert answer.startswith("Code: 164.")


@pytest.mark.parametrize("table", ["tables", "columns", "parts", "databases", "data_skipping_indices"])
def test_the_engines_own_tables_tell_of_the_readers_database_only(world: _World, table: str) -> None:
    """What clients read to show tables and columns holds nothing of other databases."""
    column = "name" if table == "databases" else "database"
    assert world.ask(world.acme["sql"], f"SELECT DISTINCT {column} FROM system.{table}") == "otel_acme\n"
    assert world.ask(world.acme["sql"], "SHOW DATABASES") == "otel_acme\n"


def test_a_value_may_be_spelt_like_another_tenants_database(world: _World) -> None:
    """Walls judge names, not texts: a value in quotes may be any."""
    assert world.ask(world.own["sql"], "SELECT count() FROM lift_events WHERE service = 'otel_acme'") == "0\n"


def test_a_pipeline_that_would_mix_tenants_is_refused(tmp_path: Path) -> None:
    """A receiver of one tenant that feeds an exporter of another is a mistake that the configuration's check names."""
    gateway = Gateway(tmp_path)
    _with_two_tenants(gateway)
    gateway.config["service"]["pipelines"]["logs/acme"]["exporters"] = ["clickhouse"]
    gateway.write()
    with pytest.raises(ConfigError, match="'clickhouse' is of tenant 'default', 'otlp/acme' of 'acme'"):
        load(gateway.file)

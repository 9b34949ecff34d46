"""The `clickhouse` exporter: segments of the spool into ClickHouse, embedded or a server, each exactly once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from otel_lift.pipeline import Services
from otel_lift.pipeline.exporter import ExporterComponent
from otel_lift_clickhouse.config import ClickHouseConfig

if TYPE_CHECKING:
    from otel_lift.store import Dsn
    from otel_lift.store.schema import SchemaOptions
    from otel_lift_clickhouse.exporter import ClickHouseExporter

__all__ = ["COMPONENT", "ClickHouseConfig"]

# Every process reads every component's configuration, but only the store process should pay for the engine's client.


def _create(config: ClickHouseConfig, services: Services) -> "ClickHouseExporter":
    from otel_lift_clickhouse.exporter import create  # noqa: PLC0415 - see above

    return create(config, services)


def _examine(config: ClickHouseConfig, services: Services) -> Sequence[str]:
    from otel_lift_clickhouse.examine import examine  # noqa: PLC0415 - see above

    return examine(config, services)


def _endpoints(config: ClickHouseConfig) -> Sequence[str]:
    served = config.sql_endpoint if config.embedded else None
    return [served.endpoint] if served else []


def _store(config: ClickHouseConfig, services: Services) -> "tuple[Dsn, SchemaOptions]":
    from otel_lift_clickhouse.exporter import dsn_of, schema_options  # noqa: PLC0415 - see above

    dsn = dsn_of(config, services)
    return dsn, schema_options(config, dsn)


COMPONENT = ExporterComponent(
    name="clickhouse",
    config=ClickHouseConfig,
    create=_create,
    examine=_examine,
    endpoints=_endpoints,
    store=_store,
    tenant=lambda config: str(config.tenant),
)

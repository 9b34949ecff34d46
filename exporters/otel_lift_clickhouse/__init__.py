"""The `clickhouse` exporter: segments of the spool into ClickHouse, embedded or a server, each exactly once."""

from otel_lift.pipeline.exporter import ExporterComponent
from otel_lift_clickhouse.config import ClickHouseConfig
from otel_lift_clickhouse.exporter import ClickHouseExporter, create, dsn_of, schema_options

__all__ = ["COMPONENT", "ClickHouseConfig", "ClickHouseExporter", "dsn_of", "schema_options"]

COMPONENT = ExporterComponent(name="clickhouse", config=ClickHouseConfig, create=create)

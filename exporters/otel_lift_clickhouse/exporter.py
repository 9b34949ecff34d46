"""The exporter: a segment is one insert."""

import logging
from dataclasses import replace
from typing import Any

from otel_lift.config import split_endpoint
from otel_lift.errors import ConfigError
from otel_lift.pipeline import Services
from otel_lift.pipeline.exporter import Delivery
from otel_lift.spool import Segment
from otel_lift.store import Dsn, Store
from otel_lift.store.endpoint import Endpoint, EndpointLimits, serve_endpoint
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.tenants import DEFAULT_TENANT
from otel_lift_clickhouse.config import ClickHouseConfig, SqlEndpointConfig

__all__ = ["ClickHouseExporter", "create", "dsn_of", "schema_options"]

logger = logging.getLogger(__name__)

_EMBEDDED_FOLDER = "store"


def dsn_of(config: ClickHouseConfig, services: Services) -> Dsn:
    """Answer where a configuration's store is."""
    if config.dsn is None:
        dsn = Dsn(path=services.data.resolve() / _EMBEDDED_FOLDER)
    else:
        dsn = Dsn.parse(config.dsn.get_secret_value())
    own = dsn.database if config.tenant == DEFAULT_TENANT else f"{dsn.database}_{config.tenant}"
    return replace(dsn, database=config.database or own, cluster=config.cluster or dsn.cluster)


def schema_options(config: ClickHouseConfig, dsn: Dsn) -> SchemaOptions:
    """Answer which schema a configuration asks for."""
    return SchemaOptions(
        database=dsn.database,
        raw_days=config.ttl.raw,
        user_error_days=config.ttl.user_errors,
        aggregate_days=config.ttl.aggregates,
        monthly_days=config.ttl.monthly,
        cluster=dsn.cluster,
    )


class ClickHouseExporter:
    """Sends each segment's file as it lies; the segment's token makes a second sending count once."""

    def __init__(self, config: ClickHouseConfig, services: Services) -> None:
        """Keep the configuration; `start` connects."""
        self._config = config
        self._dsn = dsn_of(config, services)
        self._store: Store | None = None
        self._endpoint: Endpoint | None = None
        # On a cluster the reply must mean that the shards have the rows, not that they are queued for them.
        self._settings: dict[str, Any] = {"distributed_foreground_insert": 1} if self._dsn.cluster else {}

    @property
    def delivery(self) -> Delivery:
        """How segments are handed over."""
        retry = self._config.retry
        return Delivery(self._config.concurrency, retry.initial_interval, retry.max_interval)

    def start(self) -> None:
        """Open the store and, if so configured, bring its schema up to date."""
        self.stop()
        store = Store(self._dsn, insert_timeout=self._config.insert_timeout)
        store.open()
        self._store = store
        if self._config.create_schema:
            apply(store, schema_options(self._config, self._dsn))
        if self._dsn.path is not None and self._config.sql_endpoint is not None:
            self._endpoint = _serve(store, self._config.sql_endpoint)

    def export(self, segment: Segment) -> None:
        """Insert the segment; raises `StoreUnavailableError` or `StoreError`."""
        assert self._store is not None, "start comes before export"
        self._store.insert_stream(
            segment.table, segment.columns, segment.path, segment.token, self._settings, rows=segment.rows
        )

    def stop(self) -> None:
        """Close the SQL endpoint and the store."""
        if self._endpoint is not None:
            self._endpoint.stop()
            self._endpoint = None
        if self._store is not None:
            self._store.close()
            self._store = None


def _serve(store: Store, config: SqlEndpointConfig) -> Endpoint | None:
    host, port = split_endpoint(config.endpoint)
    limits = EndpointLimits(
        execution_seconds=config.max_execution_seconds,
        memory_bytes=config.max_memory_bytes,
        concurrency=config.concurrency,
    )
    token = config.token.get_secret_value() if config.token else None
    try:
        return serve_endpoint(store, host, port, token=token, limits=limits)
    except ConfigError as error:
        # Readers can wait for a mended configuration; what is spooled should not.
        logger.error("no SQL endpoint: %s", error)  # noqa: TRY400 - the message says it all
        return None


def create(config: ClickHouseConfig, services: Services) -> ClickHouseExporter:
    """Make the exporter of one configuration."""
    return ClickHouseExporter(config, services)

"""What a user can say about the ClickHouse exporter."""

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, field_validator

from otel_lift.config import Endpoint
from otel_lift.errors import ConfigError
from otel_lift.pipeline import ComponentConfig
from otel_lift.store import Dsn
from otel_lift.tenants import DEFAULT_TENANT, TenantName

__all__ = ["ClickHouseConfig", "RetryConfig", "SqlEndpointConfig", "TtlConfig"]


class TtlConfig(ComponentConfig):
    """How long rows are kept, in days."""

    raw: PositiveInt = Field(default=90, description="Spans, log records and events.")
    user_errors: PositiveInt = Field(default=30, description="Rows of the event user_error, if that is earlier.")
    aggregates: PositiveInt = Field(
        default=365, description="Error patterns by five minutes, and what is counted by hour and day."
    )
    monthly: PositiveInt = Field(default=730, description="What is counted by month.")


class RetryConfig(ComponentConfig):
    """How long to wait after a failure. There is no end to it: what is spooled is never given up."""

    initial_interval: PositiveFloat = Field(default=0.5, description="Seconds before the first new attempt.")
    max_interval: PositiveFloat = Field(default=30.0, description="Seconds that the wait grows to.")


class SqlEndpointConfig(ComponentConfig):
    """ClickHouse's HTTP interface over the embedded engine, for reading."""

    endpoint: Endpoint = Field(default="127.0.0.1:8123", description="Address (`host:port`) to listen on.")
    token: SecretStr | None = Field(
        default=None,
        description="What clients present as password or bearer token. Without one only loopback addresses will do.",
    )
    max_execution_seconds: PositiveFloat = Field(default=60.0, description="Seconds that a query may take.")
    max_memory_bytes: PositiveInt = Field(default=2**30, description="Bytes of memory that a query may take.")
    concurrency: PositiveInt = Field(default=4, le=64, description="Queries at once; further ones wait.")


class ClickHouseConfig(ComponentConfig):
    """Configuration of the `clickhouse` exporter."""

    dsn: SecretStr | None = Field(
        default=None,
        description="`chdb:///folder` for the embedded engine, `clickhouse://user:password@host:port/database` for a "
        "server (`?secure=1` for TLS). Without it the embedded engine keeps its data in the data folder.",
    )
    tenant: TenantName = Field(
        default=DEFAULT_TENANT,
        description="Whose records are stored here: those of receivers of this tenant, in a database of its own.",
    )
    database: str | None = Field(
        default=None,
        min_length=1,
        description="Database, over that of the DSN, whose name is else followed by `_` and the tenant, unless that is "
        "`default`.",
    )
    cluster: str | None = Field(default=None, min_length=1, description="Cluster to make tables on, over the DSN's.")
    create_schema: bool = Field(
        default=True,
        description="Make and migrate the tables at the start. If not, `otel-lift schema apply` does, and data waits.",
    )
    ttl: TtlConfig = Field(default=TtlConfig(), description="How long rows are kept.")
    retry: RetryConfig = Field(default=RetryConfig(), description="How long to wait after a failure.")
    sql_endpoint: SqlEndpointConfig | None = Field(
        default=SqlEndpointConfig(),
        description="Where the embedded engine answers SQL; null for nowhere. A server has its own.",
    )
    insert_timeout: PositiveInt = Field(default=300, description="Seconds to wait for a server's answer.")
    concurrency: PositiveInt = Field(default=1, le=16, description="Inserts in flight at once.")

    @property
    def embedded(self) -> bool:
        """Whether the store is the engine inside the store process."""
        return self.dsn is None or Dsn.parse(self.dsn.get_secret_value()).path is not None

    @field_validator("dsn")
    @classmethod
    def _is_dsn(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None:
            try:
                Dsn.parse(dsn.get_secret_value())
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return dsn

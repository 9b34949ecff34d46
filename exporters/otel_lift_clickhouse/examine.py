"""What `otel-lift doctor` is told of the store."""

from collections.abc import Sequence

from otel_lift.errors import StoreError, StoreUnavailableError
from otel_lift.pipeline import Services
from otel_lift.store import Dsn, open_store
from otel_lift.store.schema import diff
from otel_lift_clickhouse.config import ClickHouseConfig
from otel_lift_clickhouse.exporter import dsn_of, schema_options

__all__ = ["examine"]


def examine(config: ClickHouseConfig, services: Services) -> Sequence[str]:
    """Say whether the store answers and has the tables; raises StoreUnavailableError or StoreError if not.

    An embedded store that a running gateway holds is asked through that gateway's SQL endpoint.
    """
    dsn = dsn_of(config, services)
    if dsn.path is not None and not dsn.path.exists():
        return [f"the embedded store will be made in {dsn.path} at the first start"]
    try:
        store = open_store(dsn)
    except StoreUnavailableError:
        if dsn.path is None or config.sql_endpoint is None:
            raise
        store = open_store(Dsn.parse(f"clickhouse://{config.sql_endpoint.endpoint}/{dsn.database}"))
    with store:
        differences = [str(difference) for difference in diff(store, schema_options(config, dsn))]
    if differences and not config.create_schema:
        raise StoreError(f"{len(differences)} differences, run `otel-lift schema apply`: {'; '.join(differences)}")
    missing = f"{len(differences)} tables or columns are made at the next start" if differences else "it has all tables"
    return [f"the store {store.dsn} answers and {missing}"]

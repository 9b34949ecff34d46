"""What the API stands on: the stores, keys, operations and figures of the process that serves it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from otel_lift.api.config import ApiConfig
from otel_lift.api.errors import ApiError
from otel_lift.config import Configuration
from otel_lift.jobs import JobContext, Operation
from otel_lift.jobs.status import JobStatus
from otel_lift.pipeline import Meter
from otel_lift.queries import NamedQuery, catalogue
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Backend", "Figures"]

Figures = Mapping[str, Sequence[tuple[Mapping[str, str], float]]]
"""The gateway's own metrics by name, each with its values by labels."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The process behind the API.

    `context` answers what there is to work with at this moment, and raises StoreUnavailableError at once where no store
    is open yet. `figures` reads the gateway's own metrics.
    """

    config: ApiConfig
    configuration: Configuration
    context: Callable[[], JobContext]
    operations: Mapping[str, Operation]
    statuses: Callable[[], Sequence[JobStatus]]
    figures: Callable[[], Figures]
    meter: Meter

    @property
    def queries(self) -> Mapping[str, NamedQuery]:
        """The named queries, with the defaults that the configuration gives them."""
        return catalogue(self.configuration.service.queries)

    def context_of(self, tenant: str) -> JobContext:
        """Answer what a tenant has: its stores and no other; raises ApiError 403 where it has none."""
        context = self.context()
        stores = tuple(one for one in context.stores if one.tenant == tenant)
        if not stores:
            raise ApiError(403, "tenant", "this gateway holds nothing for the tenant of your token")
        return replace(context, stores=stores)

    def check_operator(self, tenant: str) -> None:
        """Raise ApiError 403 where what the gateway says of itself is no business of a tenant.

        Its jobs and figures are those of all tenants together; the default one stands for whoever runs it.
        """
        tenants = {one.tenant for one in self.context().stores}
        if tenant != DEFAULT_TENANT and tenants != {tenant}:
            raise ApiError(403, "tenant", "this is about the gateway of several tenants, and for its own staff alone")

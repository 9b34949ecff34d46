"""What a user can say about maintenance."""

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["MaintenanceConfig"]


class MaintenanceConfig(ComponentConfig):
    """Jobs that the gateway does by itself; of several gateways on one store, one does those of the store."""

    metrics_interval: float = Field(
        default=15.0,
        ge=0,
        description="Seconds between two writes of the gateway's own metrics into the store; 0 writes none.",
    )

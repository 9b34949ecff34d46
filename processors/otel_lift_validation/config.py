"""What a user can say about validation."""

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["ValidationConfig"]


class ValidationConfig(ComponentConfig):
    """Configuration of the `validation` processor."""

    max_ahead_seconds: int = Field(
        default=300, ge=0, description="How far a client's clock may be ahead of the gateway's."
    )
    max_age_seconds: float = Field(
        default=604_800.0,
        ge=0,
        allow_inf_nan=False,
        description="How old an event may be when the gateway receives it.",
    )

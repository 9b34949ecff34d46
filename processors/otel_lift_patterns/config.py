"""What a user can say about patterns."""

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["PatternsConfig"]


class PatternsConfig(ComponentConfig):
    """Configuration of the `patterns` processor; it has no effect on fingerprints."""

    similarity: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="Share of equal words from which two messages are shown as one template; 1 keeps all apart.",
    )
    max_templates: int = Field(
        default=5_000, ge=1, description="Templates that one process remembers; the least recently seen is forgotten."
    )

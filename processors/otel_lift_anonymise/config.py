"""What a user can say about anonymisation."""

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["AnonymiseConfig"]


class AnonymiseConfig(ComponentConfig):
    """Configuration of the `anonymise` processor."""

    public: tuple[str, ...] = Field(
        default=(),
        description="Further attributes that say nothing about a person and so are kept; `*` stands for any text.",
    )

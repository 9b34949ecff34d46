"""What a user can say about drift."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from otel_lift.pipeline import ComponentConfig

__all__ = ["DriftConfig"]

_Glob = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class DriftConfig(ComponentConfig):
    """When a change of an attribute is told, and what is done with the attribute then."""

    action: Literal["ignore", "report", "quarantine"] = Field(
        default="report",
        description="What happens when an attribute that was clean begins to carry what a detector finds: `report` "
        "tells it, `quarantine` also masks or drops the attribute from then on until a person decides. "
        "The finding itself is redacted in any case.",
    )
    after: int = Field(
        default=1_000, ge=1, description="Values without a finding that an attribute must have had to count as clean."
    )
    after_time: float = Field(default=600.0, ge=0, description="Seconds since its first value that it needs as well.")
    quarantine: Literal["mask", "drop"] = Field(
        default="mask", description="What is done with the values of an attribute in quarantine."
    )
    unless: tuple[_Glob, ...] = Field(
        default=("exception.message", "exception.stacktrace"),
        description="Attribute names that are only reported: free text, in which findings now and then are expected.",
    )
    most_attributes: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Attributes that are followed; beyond it the oldest go."
    )
    write_every: float = Field(default=5.0, gt=0, description="Seconds between writes of the counts.")

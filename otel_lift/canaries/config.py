"""What a user can say about canaries."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from otel_lift.pipeline import ComponentConfig

__all__ = ["CanariesConfig"]


class CanariesConfig(ComponentConfig):
    """Canaries: made-up personal data that the gateway sends to itself, and must find nowhere."""

    every: float = Field(default=0.0, ge=0, description="Seconds between plantings; 0 plants only when asked to.")
    needles: int = Field(default=12, ge=1, le=500, description="Pieces of made-up personal data in a planting.")
    arrive_within: float = Field(
        default=60.0, gt=0, description="Seconds within which a planting must be in every store; later it is an alert."
    )
    receiver: str = Field(
        default="", description="Id of the OTLP receiver that they are sent to; by default the first with a pipeline."
    )
    kinds: tuple[str, ...] = Field(
        default=(), description="Kinds of personal data to plant; by default those that are found in any spelling."
    )
    forms: tuple[str, ...] = Field(default=(), description="Forms in which it is written; by default the usual ones.")
    log_files: tuple[Path, ...] = Field(
        default=(), description="Files that the gateway's log is written to, searched as well."
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        # made-up data is needed where canaries are used only
        from otel_lift.synthetic import FORMS, KINDS  # noqa: PLC0415 - see above

        for field, chosen, known in (("kinds", self.kinds, KINDS), ("forms", self.forms, FORMS)):
            unknown = sorted(set(chosen) - set(known))
            if unknown:
                raise ValueError(f"`{field}` has no {unknown[0]!r}; known: {', '.join(known)}")
        return self

"""What a user can say about where the keys of pseudonyms are."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from otel_lift.pipeline import ComponentConfig

__all__ = ["KeysConfig"]


class KeysConfig(ComponentConfig):
    """Where the keys are: an environment variable or a file, in the format that `KeyRing.parse` describes."""

    env: str | None = Field(default=None, description="Name of the environment variable that holds the keys.")
    file: Path | None = Field(default=None, description="Path of the file that holds the keys; followed when changed.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("say where the keys are in one way: either `env: NAME` or `file: PATH`")
        return self

"""How long and how often the parts measure."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """`folder` holds the payloads of this run; a run at full load takes `seconds` and is made `repeats` times.

    `steps` is how many million spans the part `flat` sends.
    """

    folder: Path
    repeats: int = 3
    seconds: float = 2.0
    steps: int = 5

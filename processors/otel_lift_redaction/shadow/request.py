"""The file by which a command asks the ingest processes to try a candidate, and those by which they answer.

There is one request at a time, in the data folder's `redaction/shadow`; whoever holds the folder's lock may write it.
"""

from pathlib import Path
from typing import Any

from pydantic import Field

from otel_lift.pipeline import ComponentConfig
from otel_lift_redaction.config import RedactionConfig

__all__ = ["FOLDER", "LOCK", "REPORTS", "REQUEST", "Request", "carried"]

FOLDER = Path("redaction", "shadow")
REQUEST = "candidate.yaml"
LOCK = "lock"
REPORTS = "{id}.*.json"
"""The reports on a request, as a glob: one for each processor of each process, `<id>.<process>.<number>.json`."""


class Request(ComponentConfig):
    """What is to be tried, where, and for how long."""

    id: str = Field(pattern=r"^[0-9a-f]{8,64}$", description="The name of this trial.")
    processor: str = Field(description="The id of the live processor, such as `redaction`.")
    end: float = Field(description="When it ends (Unix seconds).")
    share: float = Field(gt=0, le=1, description="The share of batches that the candidate sees.")
    settings: dict[str, Any] = Field(description="The candidate's configuration.")

    def candidate(self, live: RedactionConfig) -> RedactionConfig:
        """Answer the candidate's configuration; it hashes as the live one does. Raises pydantic's ValidationError."""
        return RedactionConfig.model_validate({**self.settings, "hash_key": live.hash_key})


def carried(candidate: RedactionConfig) -> dict[str, Any]:
    """Answer a candidate's settings as a request carries them: without the key, and without examples."""
    return candidate.model_dump(mode="json", exclude={"hash_key": True, "custom": {"__all__": {"match", "no_match"}}})

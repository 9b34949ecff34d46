"""What a user may set of the spool."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["Acknowledge", "SpoolConfig"]


class Acknowledge(StrEnum):
    """When a request counts as taken: in the page cache, synced to the spool's disk, or done by every exporter."""

    RECEIVED = "received"
    SPOOLED = "spooled"
    STORED = "stored"


class SpoolConfig(ComponentConfig):
    """Limits and manners of the spool; sizes are bytes on disk, times are seconds."""

    max_bytes: int = Field(
        default=10 * 2**30,
        gt=0,
        description="Disk that the spool may fill. Beyond it new requests are refused; what is acknowledged is kept.",
    )
    segment_max_bytes: int = Field(default=64 * 2**20, gt=0, description="Size at which a segment is sealed.")
    segment_max_rows: int = Field(
        default=500_000, gt=0, description="Rows that a segment never exceeds, so that it is one block of an insert."
    )
    segment_max_age: float = Field(default=1.0, gt=0, description="Age at which a segment is sealed.")
    compression: Literal["lz4", "zstd", "none"] = Field(
        default="lz4", description="Compression of the columns inside a segment."
    )
    retry_interval: float = Field(default=0.5, gt=0, description="Time between attempts at a disk that has failed.")
    acknowledge: Acknowledge = Field(
        default=Acknowledge.SPOOLED,
        description="When a request is acknowledged: `received` (memory), `spooled` (synced) or `stored` (exported).",
    )

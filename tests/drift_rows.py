"""What the tests of drift share: processors that follow it, and batches of several services at a given time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from otel_lift_redaction import RedactionProcessor
from privacy_rows import NOW, Counts, batch
from redaction_rows import processor

from otel_lift.batch import Batch, Signal

__all__ = ["DIRTY", "SECRET", "drifting", "rows_of"]

SECRET = "maria.keller-77@posteo.example"
DIRTY = f"asked by {SECRET} yesterday"


def drifting(data: Path, meter: Counts | None = None, **drift: Any) -> RedactionProcessor:
    """Start a processor; unless said otherwise an attribute is clean from its fourth value on."""
    return processor(data, meter, drift={"after": 4, "after_time": 0, "write_every": 3600, **drift})


def rows_of(
    records: Sequence[tuple[str, Mapping[str, object]]], received: int = NOW, signal: Signal = Signal.TRACES
) -> Batch:
    """Make a record for each service and its attributes; services have a resource each, "" one without a name."""
    names = sorted({service for service, _ in records})
    return batch(
        signal,
        [{"resource": names.index(service), "attributes": attributes} for service, attributes in records],
        resources=[{"attributes": {"service.name": name} if name else {}} for name in names],
        received=received,
    )

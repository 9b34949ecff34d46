"""What the tests of redaction share: processors, batches of one position, and texts out of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from otel_lift_redaction import RedactionConfig, RedactionProcessor
from privacy_rows import Counts, batch

from otel_lift.batch import Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services


def processor(data: Path, meter: Counts | None = None, **config: Any) -> RedactionProcessor:
    """Start a processor with the given configuration."""
    made = RedactionProcessor(
        RedactionConfig.model_validate(config), Services(name="redaction", data=data, meter=meter or Counts())
    )
    made.start()
    return made


def spans(texts: list[str]) -> Batch:
    """Make one span for each text, which is its attribute `note`."""
    return batch(Signal.TRACES, [{"attributes": {"note": text}} for text in texts])


def typed(values: list[tuple[str, ValueType, str]]) -> Batch:
    """Make one span with these attributes: (key, type, text)."""
    entries = [{"key": key, "type": int(kind), "value": text} for key, kind, text in values]
    found = batch(Signal.TRACES, [{}])
    column = pa.array([entries], found.column(Level.RECORD, "attributes").type)
    return found.with_columns(Level.RECORD, {"attributes": column})


def values(found: Batch, level: Level = Level.RECORD) -> list[str]:
    """Answer all attribute values of a level."""
    texts: list[str] = found.attributes(level).values.to_pylist()
    return texts


def redacted(made: RedactionProcessor, texts: list[str]) -> list[str]:
    """Answer the texts after redaction, as attribute values."""
    return values(made.process(spans(texts)))

"""Redaction by key where clients make keys up: decisions are remembered for so many keys, and right for all."""

import tracemalloc
from pathlib import Path

from redaction_rows import processor, typed

from otel_lift.batch import Level, ValueType


def test_keys_beyond_what_is_remembered_are_decided_too(tmp_path: Path) -> None:
    """More keys than are remembered are each decided right, the first time and again."""
    made = processor(tmp_path)
    for start in (0, 25_000, 0):
        names = [
            f"customer.{number}.{kind}" for number in range(start, start + 25_000) for kind in ("password", "note")
        ]
        batch = typed([(name, ValueType.STRING, "of seven") for name in names])

        attributes = made.process(batch).attributes(Level.RECORD)

        texts = attributes.values.to_pylist()
        assert "of seven" not in texts[::2]
        assert set(texts[1::2]) == {"of seven"}


def test_keys_that_are_made_up_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Memory stays where it is while ever new keys come."""
    made = processor(tmp_path)

    def feed(first: int) -> None:
        for start in range(first, first + 60_000, 20_000):
            made.process(typed([(f"key.{number}", ValueType.INT, "1") for number in range(start, start + 20_000)]))

    feed(0)
    tracemalloc.start()
    try:
        feed(60_000)
        before, _ = tracemalloc.get_traced_memory()
        feed(120_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000

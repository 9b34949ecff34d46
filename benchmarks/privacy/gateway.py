"""The stages of the gateway as its default configuration has them, in this process: bytes in, rows out."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.config import load
from otel_lift.kernel import decode
from otel_lift.pipeline import Processor, Services
from otel_lift.pipeline.recognise import recognise
from otel_lift.spool import SpoolConfig, SpoolWriter
from otel_lift.tables import TimeWindow, to_tables

__all__ = ["Gateway", "texts_of"]

_CONFIG = Path(__file__).parents[2] / "collector-config" / "lift.yaml"


class Gateway:
    """All processors of `collector-config/lift.yaml` in their order, and the spool, in a folder.

    Consent is granted where nobody was asked: what is anonymised needs no redaction, and would hide its misses.
    """

    def __init__(self, data: Path) -> None:
        """Make the processors; `data` is their folder."""
        config = load(_CONFIG, {"OTEL_LIFT_DATA": str(data)})
        self._processors: Mapping[Signal, Sequence[tuple[str, Processor]]] = {}
        made: dict[str, Processor] = {}
        for name, loaded in config.processors.items():
            settings = loaded.config
            if name == "consent":
                settings = settings.model_copy(update={"default": "granted"})
            made[name] = cast("Processor", loaded.component.create(settings, Services(name, data)))
        self._all = tuple(made.values())
        self._processors = {
            signal: [(name, made[name]) for name in config.pipelines[signal.value].processors] for signal in Signal
        }
        self._spool = SpoolWriter(data / "spool", SpoolConfig(compression="none"))
        self._folder = data / "spool"

    def __enter__(self) -> Self:
        for processor in self._all:
            processor.start()
        self._spool.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()
        for processor in self._all:
            processor.stop()

    def process(self, signal: Signal, payload: bytes, last: str | None = None) -> Batch:
        """Answer a request after all processors, or after the one named `last`; AssertionError where it is refused."""
        decoded = decode(signal, [payload], RequestContext(), time.time_ns())
        assert decoded.outcomes[0].error is None
        batch = recognise(decoded.batch)
        for name, processor in self._processors[signal]:
            done = processor.process(batch)
            assert done is not None
            batch = done
            if name == last:
                break
        return batch

    def rows(self, batch: Batch) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row that the store would get of a batch, with its table's name."""
        for table in to_tables(batch, TimeWindow()):
            yield from ((table.table, row) for row in table.rows.to_pylist())

    def write(self, batch: Batch) -> None:
        """Write a batch to the spool and wait until it is on disk."""
        self._spool.write(to_tables(batch, TimeWindow()), ["clickhouse"]).result()

    def spooled(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the bytes of every file of the spool."""
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self._folder)), path.read_bytes()


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text inside a row, keys and the insides of JSON included."""
    match value:
        case str():
            yield value
            if value[:1] in {"{", "["}:
                try:
                    inside = json.loads(value)
                except ValueError:
                    return
                yield from texts_of(inside)
        case bytes():
            yield value.decode(errors="replace")
        case dict():
            yield from _all(value.items())
        case list() | tuple():
            yield from _all(value)


def _all(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from texts_of(value)

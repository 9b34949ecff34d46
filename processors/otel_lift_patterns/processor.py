"""The `patterns` processor: fills `lift.template` and `lift.fingerprint` of every error."""

import hashlib
from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level, Signal
from otel_lift.pipeline import Services
from otel_lift_patterns.config import PatternsConfig
from otel_lift_patterns.drain import Drain
from otel_lift_patterns.faults import Faults, event_faults, record_faults
from otel_lift_patterns.fingerprint import SEPARATOR, Fingerprints
from otel_lift_patterns.frames import frames
from otel_lift_patterns.template import Templates

__all__ = ["PatternsProcessor"]

_STACKS_CACHED = 4096
# A part of a route or page that holds a digit is a value that someone left in it.
_VALUE_IN_PATH = r"/[^/]*\d[^/]*"


class PatternsProcessor:
    """Groups errors that are the same one, whatever ids, numbers and names their messages hold.

    Fingerprints depend on an error alone: not on what was seen before, nor on the order, the process or the
    configuration. Shown templates are mined from what this process has seen.
    """

    def __init__(self, config: PatternsConfig, services: Services) -> None:
        """Keep the configuration; nothing is known yet."""
        self._meter = services.meter
        self._templates = Templates()
        self._fingerprints = Fingerprints()
        self._drain = Drain(config.similarity, config.max_templates)
        self._stacks: OrderedDict[bytes, str] = OrderedDict()

    def start(self) -> None:
        """Need nothing."""

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with the template and the fingerprint of each of its errors; metrics have none."""
        if batch.signal is Signal.METRICS:
            return batch
        made = self._templates.made
        in_events = event_faults(batch)
        for level, faults in ((Level.RECORD, record_faults(batch, in_events)), (Level.EVENT, in_events)):
            if faults is not None:
                batch = batch.with_columns(level, self._columns(faults, batch.tables[level].num_rows))
                self._meter.count("patterns_errors", len(faults.rows), level=level.value)
        if self._templates.made > made:
            self._meter.count("patterns_messages_parameterised", self._templates.made - made)
        return batch

    def _columns(self, faults: Faults, rows: int) -> dict[str, Any]:
        messages = pc.coalesce(faults.message, faults.spare, pa.scalar("")).dictionary_encode()
        templates = self._templates.of(messages.dictionary.to_pylist())
        mined = [self._drain.mine(template) for template in templates]
        source = pc.binary_join_element_wise(
            *(pc.fill_null(part, "") for part in (faults.event, faults.type, _without_values(faults.endpoint))),
            pc.fill_null(faults.action, ""),
            pa.array(templates, pa.string()).take(messages.indices),
            self._frames(faults.stack),
            SEPARATOR,
        ).dictionary_encode()
        prints = [self._fingerprints.of(one) for one in source.dictionary.to_pylist()]
        position = np.full(rows, -1, np.int64)
        position[faults.rows] = np.arange(len(faults.rows))
        return {
            "lift.template": _spread(mined, messages.indices, position),
            "lift.fingerprint": _spread(prints, source.indices, position),
        }

    def _frames(self, stacks: Any) -> Any:
        if stacks.null_count == len(stacks):
            return pa.scalar("")
        distinct = stacks.dictionary_encode()
        known = [self._stack(trace) for trace in distinct.dictionary.to_pylist()]
        return pc.fill_null(pa.array(known, pa.string()).take(distinct.indices), "")

    def _stack(self, trace: str) -> str:
        # The key is short, so that traces of any length can be remembered.
        key = hashlib.blake2b(trace.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._stacks.get(key)
        if known is None:
            known = self._stacks[key] = "|".join(frames(trace))
            if len(self._stacks) > _STACKS_CACHED:
                self._stacks.popitem(last=False)
        return known


def _without_values(endpoints: Any) -> Any:
    distinct = endpoints.dictionary_encode()
    clean = pc.replace_substring_regex(distinct.dictionary, _VALUE_IN_PATH, "/<id>")
    return clean.take(distinct.indices)


def _spread(distinct: list[str], indices: Any, position: npt.NDArray[np.int64]) -> Any:
    """Answer the values by row of the level: row i has that of fault `position[i]`, or null."""
    of_row = np.asarray(indices)[position]
    return pa.array(distinct, pa.string()).take(pa.array(of_row, mask=position < 0))

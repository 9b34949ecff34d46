"""The `patterns` processor: fills `lift.template` and `lift.fingerprint` of every error."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Batch, Level, Signal
from otel_lift.pipeline import Services
from otel_lift_patterns.config import PatternsConfig
from otel_lift_patterns.drain import Drain
from otel_lift_patterns.faults import Faults, event_faults, record_faults
from otel_lift_patterns.fingerprint import SEPARATOR, Fingerprints
from otel_lift_patterns.frames import essence, frames
from otel_lift_patterns.template import Templates

__all__ = ["PatternsProcessor"]

_STACKS_CACHED = 4096
# A part of a route or page that holds a digit is a value that someone left in it.
_VALUE_IN_PATH = re.compile(r"/[^/]*[0-9][^/]*")


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
        messages, of_message = _distinct(_message(faults))
        templates = self._templates.of(messages)
        mined = {template: self._drain.mine(template) for template in dict.fromkeys(templates)}
        numbers = {template: number for number, template in enumerate(mined)}
        of_row = np.array([numbers[template] for template in templates], np.int64).take(of_message)
        parts = [_distinct(part) for part in (faults.event, faults.type, faults.endpoint, faults.action, faults.stack)]
        parts.append((list(mined), of_row))
        shown, of_source = _combined([codes for texts, codes in parts if len(texts) > 1], len(of_row))
        prints = [self._fingerprint(*(texts[codes[row]] for texts, codes in parts)) for row in shown.tolist()]
        position = np.full(rows, -1, np.int64)
        position[faults.rows] = np.arange(len(faults.rows))
        return {
            "lift.template": _spread(list(mined.values()), of_row, position),
            "lift.fingerprint": _spread(prints, of_source, position),
        }

    def _fingerprint(self, event: str, kind: str, endpoint: str, action: str, stack: str, template: str) -> str:
        place = _VALUE_IN_PATH.sub("/<id>", endpoint)
        calls = self._stack(stack) if stack else ""
        return self._fingerprints.of(SEPARATOR.join((event, kind, place, action, template, calls)))

    def _stack(self, trace: str) -> str:
        # The key is short, so that traces of any length can be remembered.
        key = hashlib.blake2b(essence(trace).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._stacks.get(key)
        if known is None:
            known = self._stacks[key] = "|".join(frames(trace))
            if len(self._stacks) > _STACKS_CACHED:
                self._stacks.popitem(last=False)
        return known


def _message(faults: Faults) -> Any:
    return pc.coalesce(faults.message, faults.spare) if faults.message.null_count else faults.message


def _distinct(texts: Any) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Answer the distinct texts, and of each row which it has; a null counts as an empty one."""
    if texts.null_count == len(texts):
        return [""], np.zeros(len(texts), np.int64)
    encoded = texts.dictionary_encode()
    distinct, codes = encoded.dictionary.to_pylist(), encoded.indices
    if not texts.null_count:
        return distinct, codes.to_numpy().astype(np.int64)
    if "" not in distinct:
        distinct.append("")
    return distinct, codes.fill_null(distinct.index("")).to_numpy().astype(np.int64)


def _combined(codes: Sequence[npt.NDArray[np.int64]], rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Answer a row of each distinct combination of codes, and of each row which combination it has."""
    combined = np.zeros(rows, np.int64)
    first = np.zeros(min(rows, 1), np.int64)
    for each in codes:
        # there are never more combinations than rows, so the product stays small
        _, first, combined = np.unique(combined * (each.max() + 1) + each, return_index=True, return_inverse=True)
    return first, combined


def _spread(distinct: list[str], codes: npt.NDArray[np.int64], position: npt.NDArray[np.int64]) -> Any:
    """Answer the values by row of the level: row i has that of fault `position[i]`, or null."""
    return arrays.gather(pa.array(distinct, pa.string()), np.where(position < 0, -1, codes.take(position)))

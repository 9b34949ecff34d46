"""The `patterns` processor: fills `lift.template` and `lift.fingerprint` of every error."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
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
_Coded = tuple[list[str], npt.NDArray[np.int64]]
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
        templates, of_row = _mapped(_distinct(_message(faults)), self._templates.of)
        mined = [self._drain.mine(template) for template in templates]
        parts = [
            _distinct(faults.event),
            _distinct(faults.type),
            _mapped(_distinct(faults.endpoint), _without_values),
            _distinct(faults.action),
            (templates, of_row),
            _mapped(_distinct(faults.stack), self._frames),
        ]
        shown, of_source = _combined([codes for texts, codes in parts if len(texts) > 1], len(of_row))
        sources = (SEPARATOR.join([texts[codes[row]] for texts, codes in parts]) for row in shown.tolist())
        prints = [self._fingerprints.of(source) for source in sources]
        position = np.full(rows, -1, np.int64)
        position[faults.rows] = np.arange(len(faults.rows))
        return {
            "lift.template": _spread(mined, of_row, position),
            "lift.fingerprint": _spread(prints, of_source, position),
        }

    def _frames(self, stacks: list[str]) -> list[str]:
        return [self._stack(stack) if stack else "" for stack in stacks]

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


def _distinct(texts: Any) -> _Coded:
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


def _mapped(coded: _Coded, change: Callable[[list[str]], list[str]]) -> _Coded:
    """Answer what a function makes of the distinct texts, again distinct."""
    texts, codes = coded
    changed = change(texts)
    numbers = {text: number for number, text in enumerate(dict.fromkeys(changed))}
    return list(numbers), np.array([numbers[text] for text in changed], np.int64).take(codes)


def _without_values(endpoints: list[str]) -> list[str]:
    return [_VALUE_IN_PATH.sub("/<id>", endpoint) for endpoint in endpoints]


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

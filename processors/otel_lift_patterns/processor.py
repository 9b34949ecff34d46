"""The `patterns` processor: fills `lift.template` and `lift.fingerprint` of every error."""

import hashlib
import re
from collections import OrderedDict, defaultdict
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import Batch, Level, Signal
from otel_lift.pipeline import Services
from otel_lift_patterns.config import PatternsConfig
from otel_lift_patterns.drain import Drain
from otel_lift_patterns.faults import Faults, event_faults, record_faults
from otel_lift_patterns.fingerprint import fingerprint
from otel_lift_patterns.frames import frames
from otel_lift_patterns.shapes import of_messages
from otel_lift_patterns.template import Templates

__all__ = ["PatternsProcessor"]

_CACHED = 4096
_CACHED_LENGTH = 2048  # characters of an error's facts; longer ones are worked on each time
_FEW = 8
# event, type, endpoint, action, and the shapes of message and stack
_Facts = tuple[str | None, str | None, str | None, str | None, str | None, str | None]
_Pattern = tuple[str, str]  # template and fingerprint
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
        self._drain = Drain(config.similarity, config.max_templates)
        self._known: dict[_Facts, _Pattern] = {}
        self._stacks: OrderedDict[str | bytes, str] = OrderedDict()

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
                batch = batch.with_columns(level, self._columns(faults, batch.rows(level)))
                self._meter.count("patterns_errors", len(faults.rows), level=level.value)
        if self._templates.made > made:
            self._meter.count("patterns_messages_parameterised", self._templates.made - made)
        return batch

    def _columns(self, faults: Faults, rows: int) -> dict[str, Any]:
        endpoints = _listed(faults.endpoint)
        plain = {one: one and _VALUE_IN_PATH.sub("/<id>", one) for one in set(endpoints)}
        facts = zip(
            _listed(faults.event),
            _listed(faults.type),
            [plain[one] for one in endpoints],
            _listed(faults.action),
            _listed(of_messages(_message(faults))),
            _listed(faults.stack),
            strict=True,
        )
        places: defaultdict[_Facts, int] = defaultdict(count().__next__)
        codes = np.full(rows, -1, np.int64)
        codes[faults.rows] = [places[each] for each in facts]
        patterns = self._patterns_of(list(places))
        shown = {template: self._drain.mine(template) for template in dict.fromkeys(one for one, _ in patterns)}
        return {
            "lift.template": arrays.gather(pa.array([shown[one] for one, _ in patterns], pa.string()), codes),
            "lift.fingerprint": arrays.gather(pa.array([one for _, one in patterns], pa.string()), codes),
        }

    def _patterns_of(self, facts: list[_Facts]) -> list[_Pattern]:
        """Answer the template and the fingerprint of each of some distinct errors."""
        known = self._known
        found = list(map(known.get, facts))
        fresh = [each for each, pattern in zip(facts, found, strict=True) if pattern is None]
        messages = dict.fromkeys(each[4] or "" for each in fresh)
        template_of = dict(zip(messages, self._templates.of(list(messages)), strict=True))
        made = {each: self._pattern(each, template_of[each[4] or ""]) for each in fresh}
        if len(known) + len(made) > _CACHED:
            known.clear()
        for each, pattern in made.items():
            if len(known) < _CACHED and sum(map(len, filter(None, each))) <= _CACHED_LENGTH:
                known[each] = pattern
        return [pattern or made[each] for each, pattern in zip(facts, found, strict=True)]

    def _pattern(self, facts: _Facts, template: str) -> _Pattern:
        event, type_, endpoint, action, _, stack = facts
        parts = (event or "", type_ or "", endpoint or "", action or "", template, self._frames(stack or ""))
        return template, fingerprint(*parts)

    def _frames(self, stack: str) -> str:
        # a short key, so that shapes of any length can be remembered
        key = stack if len(stack) <= _CACHED_LENGTH else hashlib.blake2b(stack.encode(), digest_size=16).digest()
        known = self._stacks.get(key)
        if known is None:
            known = self._stacks[key] = "|".join(frames(stack))
            if len(self._stacks) > _CACHED:
                self._stacks.popitem(last=False)
        return known


def _message(faults: Faults) -> Any:
    return pc.coalesce(faults.message, faults.spare) if faults.message.null_count else faults.message


def _listed(texts: Any) -> list[str | None]:
    if texts.null_count == len(texts):
        return [None] * len(texts)
    listed: list[str | None] = texts.to_pylist() if len(texts) < _FEW else texts.to_numpy(zero_copy_only=False).tolist()
    return listed

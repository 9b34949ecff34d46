"""Follows all attributes of a pipeline, and tells those that were clean and begin to carry personal data."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import Attributes, Batch, Level, Signal
from otel_lift.errors import ConfigError
from otel_lift.pipeline import Services
from otel_lift_redaction.by_key import apply_keys
from otel_lift_redaction.drift.config import DriftConfig
from otel_lift_redaction.drift.counts import FIELD, KINDS, Counts
from otel_lift_redaction.drift.findings import Finding, Folder, can_be_named
from otel_lift_redaction.drift.quarantine import NAME, free_text, held, matcher
from otel_lift_redaction.drift.senders import Senders
from otel_lift_redaction.drift.stored import Stored
from otel_lift_redaction.keys import KeyMatcher
from otel_lift_redaction.positions import Position
from otel_lift_redaction.scanner import Findings
from otel_lift_redaction.summary import Summary

__all__ = ["Drift"]

_log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds between looks at what people and other workers decided
_SLACK = 0.25
_FIELDS = {Signal.TRACES: ("name", "status_message"), Signal.LOGS: ("body",), Signal.METRICS: ()}
_KIND_OF = {kind: place for place, kind in enumerate(KINDS)}
_Ints = npt.NDArray[np.int64]
_NONE: _Ints = np.zeros(0, np.int64)
_NO_MARKS = np.zeros((0, 0), np.bool_)
_Found = Mapping[tuple[Level, str], tuple[Position, Findings]]


class Drift:
    """Counts the values of every attribute, and the findings in them, by service. Its clock is that of the batches.

    An attribute is clean if it had fewer than one finding in `after` values, at least `after` values, and was first
    seen `after_time` ago. A batch with a finding in it ends that: it is logged, counted as `redaction_drift` and
    listed, once an attribute. Work is done by column, never by single value or key.
    """

    def __init__(self, config: DriftConfig, names: Sequence[str], services: Services) -> None:
        """Keep the settings; `names` are those of the rules that findings have marks for."""
        self._config = config
        self._names = names
        self._meter = services.meter
        self._folder = Folder(services.data)
        self._counts = Counts(config.most_attributes)
        self._unsaved: list[Any] = []
        self._new: list[Finding] = []
        self._listed: dict[tuple[str, str, str, str], Finding] = {}
        self._held: frozenset[tuple[str, str]] = frozenset()
        self._matcher: KeyMatcher | None = None
        self._free_text = free_text(config.unless)
        self._next_look = self._next_write = 0.0

    def start(self) -> None:
        """Read what is known from before. Raises ConfigError where the list is damaged."""
        if self._config.action != "ignore":
            self._counts = self._folder.read_counts(self._config.most_attributes)
            self._take_list(self._folder.findings())
            self._next_write = time.monotonic() + self._config.write_every

    def stop(self) -> None:
        """Write what is not written yet."""
        if self._config.action != "ignore":
            self._write(wait=True)

    def hold_back(self, batch: Batch, summary: Summary) -> Batch:
        """Answer the batch with all attributes masked or dropped that are in quarantine, if there is to be one."""
        if self._config.action != "quarantine":
            return batch
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_EVERY
            if self._folder.changed():
                self._read_list()
        if self._matcher is None:
            return batch
        return apply_keys(batch, self._matcher, len(self._names), summary)[0]

    def follow(self, batch: Batch, found: Sequence[tuple[Position, Findings]]) -> None:
        """Take in a batch as it is after redaction, and what detectors found in which of its positions."""
        if self._config.action == "ignore":
            return
        senders, stored = Senders(batch), Stored(batch)
        services = self._counts.service_places(senders.services)
        # keys are a position of the same column
        by_place = {
            (place.level, place.column if place.column != "attributes" or place.types is not None else "keys"): one
            for one in found
            for place in one[:1]
        }
        parts = [
            *(
                self._of_attributes(batch, level, senders, services, by_place, stored.rows(level))
                for level in batch.levels
                if batch.rows(level)
            ),
            *(self._of_field(batch, name, senders, services, by_place) for name in _FIELDS[batch.signal]),
        ]
        self._add(batch, [part for part in parts if part is not None])
        if gone := self._counts.forget(_SLACK):
            self._meter.count("redaction_drift_forgotten", gone)
        if self._new or time.monotonic() >= self._next_write:
            self._write(wait=False)

    def _of_attributes(
        self,
        batch: Batch,
        level: Level,
        senders: Senders,
        services: _Ints,
        found: _Found,
        rows: npt.NDArray[np.bool_] | None,
    ) -> "_Part | None":
        attributes = batch.attributes(level)
        kept = None if rows is None else np.repeat(rows, attributes.counts)
        if not (len(attributes.codes) if kept is None else kept.any()):
            return None
        keys = self._keys(_KIND_OF[batch.signal.value, level.value], attributes, kept)
        cells = senders.cells(level, attributes)
        if (level, "keys") in found:
            # keys that were different may be the same now
            keys, code_of = np.unique(keys, return_inverse=True)
            code, service = np.divmod(cells, len(services))
            cells = code_of[code] * len(services) + service
        dirty = None
        if (changed := found.get((level, "attributes"))) is not None:
            at, marks = changed[1].rows, changed[1].marks
            dirty = (cells[at], marks) if kept is None else (cells[at[kept[at]]], marks[kept[at]])
        return _Part.of(keys, services, cells if kept is None else cells[kept], dirty)

    def _keys(self, kind: int, attributes: Attributes, kept: npt.NDArray[np.bool_] | None) -> _Ints:
        """Answer the place of each key, -1 for those that no stored row has."""
        if kept is None:
            return self._counts.key_places(attributes.keys, np.full(len(attributes.keys), kind, np.uint8))
        used = np.unique(attributes.codes[kept])
        keys = np.full(len(attributes.keys), -1, np.int64)
        keys[used] = self._counts.key_places(arrays.gather(attributes.keys, used), np.full(len(used), kind, np.uint8))
        return keys

    def _of_field(self, batch: Batch, name: str, senders: Senders, services: _Ints, found: _Found) -> "_Part | None":
        column = batch.column(Level.RECORD, name)
        if column.null_count == len(column):
            return None
        kind = np.array([_KIND_OF[batch.signal.value, FIELD]], np.uint8)
        key = self._counts.key_places(pa.array([name]), kind)
        cells = senders.of_rows(Level.RECORD)
        dirty = None
        if (changed := found.get((Level.RECORD, name))) is not None:
            rows, which = changed[0].owners(changed[1].rows)
            dirty = cells[rows], changed[1].marks[which]
        if column.null_count:
            cells = cells[column.is_valid().to_numpy(zero_copy_only=False)]
        return _Part.of(key, services, cells, dirty)

    def _add(self, batch: Batch, parts: "Sequence[_Part]") -> None:
        """Count what the parts of a batch have, all at once, and tell what drifts."""
        if not parts:
            return
        now = batch.received / 1e9
        keys, services, values, findings = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("keys", "services", "values", "findings")
        )
        before = self._counts.add(keys, services, values, findings, now, now)
        if not findings.any():
            return
        clean = (before.values >= self._config.after * (before.dirty + 1)) & (before.age >= self._config.after_time)
        first = 0
        for part in parts:
            mine = slice(first, first + len(part.keys))
            for place in np.flatnonzero(clean[mine] & (part.findings > 0)).tolist():
                rule = self._names[int(part.marks[part.at == place].sum(axis=0).argmax())]
                values_before, dirty_before = int(before.values[first + place]), int(before.dirty[first + place])
                name = self._counts.name(int(before.rows[first + place]))
                self._tell(name, rule, now, values_before, dirty_before)
            first = mine.stop

    def _tell(self, attribute: tuple[str, str, str, str], rule: str, now: float, before: int, dirty: int) -> None:
        if attribute in self._listed:
            return
        signal, level, key, service = attribute
        wanted = self._config.quarantine if self._config.action == "quarantine" else ""
        if level == FIELD or not can_be_named(key) or self._free_text.decide(pa.array([key]))[0] >= 0:
            wanted = ""
        finding = Finding(*attribute, rule, now, before, dirty, wanted)
        self._meter.count("redaction_drift", rule=rule)
        _log.warning(
            "the attribute %r (%s, %s) of the service %r was clean for %d values and now has what %s finds; %s",
            *(key, signal, level, service, before, rule),
            "all its values are held back until `otel-lift drift accept` or `dismiss`" if wanted else "it is redacted",
        )
        self._new.append(finding)
        self._take_list([*self._listed.values(), finding])

    def _take_list(self, findings: Sequence[Finding]) -> None:
        """Hold to a list, and to what is not in it yet."""
        self._listed = {one.attribute: one for one in (*self._new, *findings)}
        now_held = held(self._listed.values())
        if now_held != self._held:
            self._held = now_held
            self._matcher = matcher(now_held, self._names.index(NAME))

    def _read_list(self) -> None:
        try:
            self._take_list(self._folder.findings())
        except ConfigError as error:
            _log.error("the list that was read before holds on: %s", error)

    def _write(self, *, wait: bool) -> None:
        """Add what is new to the shared files, and go on from all that is in them; later if another is at it."""
        self._next_write = time.monotonic() + self._config.write_every
        if len(changes := self._counts.take_changes()):
            self._unsaved.append(changes)
        if not self._unsaved:
            return
        try:
            with self._folder.locked(wait=wait) as mine:
                if not mine:
                    return
                merged = self._folder.read_counts(self._config.most_attributes)
                if len(merged):
                    for each in self._unsaved:
                        merged.add_table(each, told=True)
                    merged.forget()
                else:
                    merged = self._counts
                self._folder.write_counts(merged)
                self._counts, self._unsaved = merged, []
                if self._new:
                    if refused := self._folder.add(self._new):
                        self._meter.count("redaction_drift_unlisted", refused)
                    self._new = []
                    self._take_list(self._folder.findings())
        except (OSError, ConfigError) as error:
            _log.error("what drifts cannot be written, it is tried again: %s", error)


@dataclass(frozen=True, slots=True)
class _Part:
    """The attributes of one level, or a field: n of them by key and service, with their values and findings, (n,).

    Finding i is in the attribute `at[i]`, by the rules of `marks[i]`.
    """

    keys: _Ints
    services: _Ints
    values: _Ints
    findings: _Ints
    at: _Ints
    marks: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        keys: _Ints,
        services: _Ints,
        cells: npt.NDArray[Any],
        dirty: tuple[npt.NDArray[Any], npt.NDArray[np.bool_]] | None,
    ) -> "_Part":
        """Count `cells`, numbers of a key and a service, and of these the dirty ones, which come with their marks."""
        used, values = _tally(cells, len(keys) * len(services))
        key, service = (used, np.zeros_like(used)) if len(services) == 1 else np.divmod(used, len(services))
        key, service = keys[key], services[service]
        if min(key.min(), service.min()) < 0:
            followed = (key >= 0) & (service >= 0)
            used, values, key, service = (one[followed] for one in (used, values, key, service))
            if dirty is not None:
                kept = np.isin(dirty[0], used)
                dirty = dirty[0][kept], dirty[1][kept]
        if dirty is None:
            return cls(key, service, values, np.zeros_like(values), _NONE, _NO_MARKS)
        at = np.searchsorted(used, dirty[0])
        return cls(key, service, values, np.bincount(at, minlength=len(used)), at, dirty[1])


def _tally(cells: npt.NDArray[Any], most: int) -> tuple[_Ints, _Ints]:
    """Answer which numbers below `most` occur, ascending, and how often each."""
    if most == 1:
        return np.zeros(1, np.int64), np.array([len(cells)])
    if most > 4 * len(cells) + 1024:
        used, values = np.unique(cells, return_counts=True)
        return used.astype(np.int64), values
    counts = np.bincount(cells, minlength=most)
    used = np.flatnonzero(counts)
    return used, counts[used]

"""One trial in one process: the candidate, its counts, and the thread that writes them down."""

import itertools
import json
import logging
import os
import threading
import time
from pathlib import Path

from otel_lift.batch import Batch
from otel_lift.private_files import make_once, replace
from otel_lift_redaction.bodies import Finder
from otel_lift_redaction.changes import changes_of
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.shadow.compare import compare
from otel_lift_redaction.shadow.names import Names
from otel_lift_redaction.shadow.request import Request
from otel_lift_redaction.shadow.tally import Tally
from otel_lift_redaction.summary import Summary

__all__ = ["Trial"]

logger = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between reports
_numbers = itertools.count(1)


class Trial:
    """Runs a candidate on a share of the batches until the request's end, and reports every second.

    `look` is called by the thread that processes; the counts are shared with the one that writes.
    """

    def __init__(self, request: Request, live: Finder, candidate: Finder | None, folder: Path) -> None:
        """Keep both rules; without a candidate, the report says that it could not be built."""
        self._request = request
        self._live = live
        self._candidate = candidate
        self._names = Names(*(finder for finder in (live, candidate) if finder is not None))
        self._tally = Tally()
        self._due = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._file = folder / f"{request.id}.{os.getpid()}.{next(_numbers)}.json"
        self._thread = threading.Thread(target=self._report, name="redaction-shadow", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def stop(self) -> None:
        """End before the time, and report a last time."""
        self._ended.set()
        self._thread.join()

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._ended.is_set() or time.time() >= self._request.end

    def failed(self, error: Exception) -> None:
        """Count a batch that the candidate failed on; the error's message may quote the batch, its type cannot."""
        with self._lock:
            self._tally.failures[type(error).__name__] += 1

    def look(self, batch: Batch, live: Outcome) -> None:
        """Run the candidate on a batch, and count what it does otherwise than the live rules did; may raise."""
        self._due += self._request.share
        candidate = self._candidate
        if self._due < 1 or candidate is None:
            return
        self._due -= 1
        began = time.thread_time()
        theirs = candidate.find(batch, Summary(batch, ()))
        found = time.thread_time()
        names = live.rules.names, theirs.rules.names
        groups = list(compare(batch, changes_of(batch, live), changes_of(batch, theirs), *names))
        keys = {
            (group.place, group.code): batch.attributes(group.place.level).keys[group.code].as_py()
            for group in groups
            if group.code is not None
        }
        self._names.learn(keys.values())
        shown = {place: self._names[key] for place, key in keys.items()}
        with self._lock:
            self._tally.add(batch.signal, groups, shown)
            self._tally.batches += 1
            self._tally.records += len(batch)
            self._tally.values[batch.signal.value] += _values(batch, live)
            self._tally.candidate_cpu += found - began
            self._tally.compare_cpu += time.thread_time() - found

    def _report(self) -> None:
        try:
            make_once(self._file, self._content(ended=False))
            while not self._ended.wait(max(min(_EVERY, self._request.end - time.time()), 0)) and not self.over:
                replace(self._file, self._content(ended=False))
            replace(self._file, self._content(ended=True))
        except OSError as error:
            # the command may have taken its files away before the end
            logger.warning("the report of a shadow could not be written: %s", type(error).__name__)
        finally:
            self._ended.set()
            self._candidate = None

    def _content(self, *, ended: bool) -> bytes:
        with self._lock:
            content = {"process": os.getpid(), "ended": ended, **self._tally.as_json()}
        return json.dumps(content).encode()


def _values(batch: Batch, outcome: Outcome) -> int:
    """Count the texts of a batch: values of attributes, and of other columns."""
    columns = {(place.level, place.column) for place in outcome.places if place.column != "attributes"}
    held = sum(batch.rows(level) - batch.column(level, column).null_count for level, column in columns)
    return int(held) + sum(len(batch.attributes(level).codes) for level in batch.levels)

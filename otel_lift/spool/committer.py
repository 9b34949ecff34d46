"""The thread that syncs: all requests since its last round in one commit, then the answers."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby

from otel_lift.errors import RetryableError, ShuttingDownError
from otel_lift.spool.config import Acknowledge, SpoolConfig
from otel_lift.spool.files import Files
from otel_lift.spool.generation import Generation
from otel_lift.spool.layout import Layout, Name, new_id
from otel_lift.spool.seal import Mark

__all__ = ["Committer", "Entry"]

_LOG = logging.getLogger(__name__)
_POLL = 0.05  # seconds between looks for what the exporters have done
_PROBE = bytes(64 * 1024)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that was appended: how far it brought each segment, and who waits for it."""

    generation: Generation
    marks: dict[str, Mark]
    future: "Future[None]"


@dataclass(frozen=True, slots=True)
class _Seal:
    generation: Generation


_Item = Entry | _Seal | threading.Event


@dataclass(frozen=True, slots=True)
class _Waiting:
    names: tuple[Name, ...]
    future: "Future[None]"


class Committer:
    """Commits and seals in one thread, in the order in which the writer hands over.

    `failure` says what is wrong with the disk and is empty while all is well. While it is not, the thread tries the
    disk now and then, so that the spool recovers without a request that has to be risked for it. `lose` is called
    with a generation that takes no more rows; `tick` is called between rounds and answers the seconds until it wants to
    be called again.
    """

    def __init__(
        self,
        layout: Layout,
        files: Files,
        config: SpoolConfig,
        lose: Callable[[Generation], None],
        tick: Callable[[], float | None],
    ) -> None:
        self.failure = ""
        self._layout = layout
        self._files = files
        self._config = config
        self._lose = lose
        self._tick = tick
        self._condition = threading.Condition()
        self._queue: list[_Item] = []
        self._round: list[_Item] = []  # what the thread is at work on
        self._unsealed: list[_Seal] = []
        self._unsealed_stored: list[tuple[Entry, Generation]] = []
        self._waiting: list[_Waiting] = []
        self._retry_at = 0.0
        self._closing = False
        self._dead = False
        self._thread = threading.Thread(target=self._run, name="spool-commit", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Hand over an appended request."""
        self._put(entry)

    def seal(self, generation: Generation) -> None:
        """Hand over a generation that takes no more rows."""
        self._put(_Seal(generation))

    def wait(self) -> None:
        """Return when everything handed over until now has been tried."""
        reached = threading.Event()
        self._put(reached)
        reached.wait()

    def fail(self, error: OSError, doing: str) -> RetryableError:
        """Note that the disk failed and answer what the requests that met it are told."""
        if not self.failure:
            _LOG.error("the spool's disk failed while %s: %s", doing, error)
        self.failure = f"{doing}: {error}"
        self._retry_at = time.monotonic() + self._config.retry_interval
        with self._condition:
            self._condition.notify()  # a thread that waits for work alone would never try again
        refusal = RetryableError(f"the spool's disk failed while {doing}; nothing of the request is kept")
        refusal.__cause__ = error
        return refusal

    def close(self) -> None:
        """Do what was handed over, leave to recovery what the disk does not take, and stop."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join()

    def _put(self, item: _Item) -> None:
        with self._condition:
            self._queue.append(item)
            self._condition.notify()
            if self._dead:
                self._bury()

    def _run(self) -> None:
        try:
            self._loop()
        except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for ever for an answer
            _LOG.exception("the spool's committing thread has ended; restart the process")
            self.failure = "the committing thread has ended"
        with self._condition:
            self._dead = True
            self._bury()

    def _bury(self) -> None:
        items, self._round, self._queue = self._round + self._queue, [], []
        for item in items:
            if isinstance(item, threading.Event):
                item.set()
        error = RetryableError("the spool's committing thread has ended")
        _fail([item for item in items if isinstance(item, Entry)], error)
        _fail([entry for entry, _ in self._unsealed_stored], error)

    def _loop(self) -> None:
        while True:
            wanted = self._tick()
            with self._condition:
                if not self._queue and not self._closing:
                    self._condition.wait(self._patience(wanted))
                items = self._round = self._queue
                self._queue = []
                closing = self._closing and not items
            for _, group in groupby(items, key=_group):
                self._work(list(group))
            if (self.failure or self._unsealed) and (closing or time.monotonic() >= self._retry_at):
                self._recover()
            self._look_for_stored()
            if closing:
                self._stop()
                return

    def _patience(self, wanted: float | None) -> float | None:
        times = [] if wanted is None else [wanted]
        if self.failure or self._unsealed:
            times.append(max(0.0, self._retry_at - time.monotonic()))
        if self._waiting:
            times.append(_POLL)
        return min(times, default=None)

    def _work(self, items: Sequence[_Item]) -> None:
        entries = [item for item in items if isinstance(item, Entry)]
        if entries:
            self._commit(entries[0].generation, entries)
        for item in items:
            if isinstance(item, _Seal):
                self._unsealed.append(item)
                self._try_seal(item)
            elif isinstance(item, threading.Event):
                item.set()

    def _commit(self, generation: Generation, entries: Sequence[Entry]) -> None:
        marks: dict[str, Mark] = {}
        for entry in entries:
            marks |= entry.marks
        refusal = self._refusal(generation, marks)
        if refusal:
            _fail(entries, refusal)
            return
        for entry in entries:
            if self._config.acknowledge is Acknowledge.STORED:
                self._unsealed_stored.append((entry, generation))
            elif not entry.future.done():
                entry.future.set_result(None)

    def _refusal(self, generation: Generation, marks: dict[str, Mark]) -> RetryableError | None:
        if generation.broken:
            return RetryableError("the spool's disk failed under an earlier request; nothing of this one is kept")
        try:
            generation.commit(marks)
        except OSError as error:
            generation.broken = True
            self._lose(generation)
            return self.fail(error, "syncing")
        return None

    def _try_seal(self, item: _Seal) -> None:
        try:
            item.generation.seal()
        except OSError as error:
            self.fail(error, "sealing")
            return
        self._unsealed.remove(item)
        still = []
        for entry, generation in self._unsealed_stored:
            if generation is item.generation:
                names = tuple(origin.name for origin in generation.names(entry.marks))
                self._waiting.append(_Waiting(names, entry.future))
            else:
                still.append((entry, generation))
        self._unsealed_stored = still

    def _recover(self) -> None:
        for item in list(self._unsealed):
            self._try_seal(item)
        if self._unsealed or not self.failure:
            return
        probe = self._layout.journals / f"{new_id()}.tmp"
        try:
            descriptor = self._files.create(probe)
            try:
                self._files.write(descriptor, _PROBE)
                self._files.sync(descriptor)
            finally:
                self._files.close(descriptor)
                self._files.unlink(probe)
        except OSError as error:
            self.fail(error, "trying the disk again")
        else:
            _LOG.info("the spool's disk works again")
            self.failure = ""

    def _look_for_stored(self) -> None:
        gone: dict[Name, bool] = {}
        still = []
        for waiting in self._waiting:
            for name in waiting.names:
                if name not in gone:
                    gone[name] = not self._layout.sealed(name).exists()
            if not all(gone[name] for name in waiting.names):
                still.append(waiting)
            elif any(self._layout.quarantined(self._layout.sealed(name)).exists() for name in waiting.names):
                waiting.future.set_exception(RetryableError("the request was damaged in the spool; send it again"))
            else:
                waiting.future.set_result(None)
        self._waiting = still

    def _stop(self) -> None:
        for item in self._unsealed:
            item.generation.abandon()
        untold = [entry.future for entry, _ in self._unsealed_stored] + [waiting.future for waiting in self._waiting]
        for future in untold:
            future.set_exception(ShuttingDownError("the request is in the spool, but not yet stored"))


def _group(item: _Item) -> object:
    return item.generation if isinstance(item, Entry) else item


def _fail(entries: Sequence[Entry], error: RetryableError) -> None:
    for entry in entries:
        if not entry.future.done():
            entry.future.set_exception(error)

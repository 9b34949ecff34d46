"""`SpoolWriter`: the way into the spool. One for each process that takes in data."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from otel_lift.errors import (
    BackpressureError,
    OtelLiftError,
    RetryableError,
    ShuttingDownError,
    SpoolError,
    TooLargeError,
)
from otel_lift.spool.committer import Committer, Entry
from otel_lift.spool.config import Acknowledge, SpoolConfig
from otel_lift.spool.files import Files
from otel_lift.spool.generation import Addition, Generation
from otel_lift.spool.layout import Layout
from otel_lift.spool.rows import TableRows
from otel_lift.spool.stream import Encoder
from otel_lift.spool.usage import SpoolStats, Usage

__all__ = ["SpoolWriter"]

_RETRY_AFTER = 2.0  # seconds after which a refused client should try again


class SpoolWriter:
    """Writes rows to open segments, syncs them in groups, and seals them by size, rows or age.

    Several writers, in one process or in many, share a folder. `write` may be called from any thread; compressing is
    done in the caller's.
    """

    def __init__(self, folder: Path, config: SpoolConfig, files: Files | None = None) -> None:
        """Take the spool's folder, which `start` makes if it is not there."""
        self._layout = Layout(folder)
        self._config = config
        self._files = files or Files()
        self._encoder = threading.local()
        self._tables: set[str] = set()  # whose names are known to be good
        self._lock = threading.Lock()
        self._usage = Usage(self._layout)
        self._generation: Generation | None = None
        self._spool = ""
        self._refused = 0
        self._open = False
        self._committer = Committer(self._layout, self._files, config, self._lose, self._tick)

    def start(self) -> None:
        """Make the folder ready and begin to take rows; raises SpoolError if the folder cannot be used."""
        self._spool = self._layout.prepare(self._files)
        self._committer.start()
        self._open = True

    @property
    def failure(self) -> str:
        """What is wrong with the disk; empty while the spool takes data."""
        return self._committer.failure

    def stats(self) -> SpoolStats:
        """Answer the state of the folder, at most a second old (more if the folder is very full)."""
        with self._lock:
            return replace(self._usage.stats(), refused=self._refused, failure=self.failure)

    def write(self, groups: Sequence[TableRows], exporters: Sequence[str]) -> "Future[None]":
        """Write the rows of one request, all of them or none, for these exporters; see `write_all`."""
        return self.write_all([(groups, exporters)])

    def write_all(self, parts: "Sequence[tuple[Sequence[TableRows], Sequence[str]]]") -> "Future[None]":
        """Write the rows of one request, all of them or none; each part is for exporters of its own.

        The future resolves when the rows are as safe as the configured acknowledgement says; its callbacks run in the
        committing thread and must be short. It raises BackpressureError (the disk limit is reached; nothing was
        written), TooLargeError (the request alone is over the limit), ShuttingDownError, or RetryableError (the disk
        failed; nothing is kept). Raises SpoolError at once for a table name that cannot be a folder's, or if no
        exporter is named: nobody would ever take the rows out again.
        """
        for groups, exporters in parts:
            if not exporters:
                raise SpoolError("rows in the spool need at least one exporter")
            for group in groups:
                if group.table not in self._tables:
                    self._layout.folder(group.table)
                    self._tables.add(group.table)
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()
        try:
            self._check_open()
            additions = [
                addition
                for groups, exporters in parts
                for addition in self._encode(groups, tuple(sorted(set(exporters))))
            ]
            with self._lock:
                self._check_open()
                self._write(additions, future)
        except OtelLiftError as error:
            with self._lock:
                self._refused += 1
            future.set_exception(error)
        return future

    def flush(self) -> None:
        """Commit and seal everything written until now; what the disk refuses is tried again by itself."""
        with self._lock:
            if not self._open:
                return
            self._retire()
        self._committer.wait()

    def close(self) -> None:
        """Take no more, commit and seal what is written, and end. Safe to call twice."""
        with self._lock:
            was_open, self._open = self._open, False
            self._retire()
        if was_open:
            self._committer.close()

    def _check_open(self) -> None:
        if not self._open:
            raise ShuttingDownError("the spool takes no more data in this process")
        if self.failure:
            raise RetryableError("the spool's disk fails; nothing of the request is kept", retry_after=_RETRY_AFTER)

    def _encode(self, groups: Sequence[TableRows], exporters: tuple[str, ...]) -> Iterator[Addition]:
        encoder: Encoder | None = getattr(self._encoder, "value", None)
        if encoder is None:
            encoder = self._encoder.value = Encoder(self._config.compression)
        step = self._config.segment_max_rows
        for group in groups:
            for start in range(0, group.rows.num_rows, step):
                rows = encoder.encode(group.rows.slice(start, step))
                yield Addition(group.table, exporters, group.schema_version, rows)

    def _write(self, additions: Sequence[Addition], future: "Future[None]") -> None:
        if not additions:
            future.set_result(None)
            return
        size = sum(len(addition.rows.data) for addition in additions)
        limit = self._config.max_bytes
        if size > limit:
            raise TooLargeError(f"the request takes {size} bytes, more than the whole spool may hold ({limit})")
        if not self._usage.has_room(size, limit):
            raise BackpressureError("the spool has reached its disk limit", retry_after=_RETRY_AFTER)
        try:
            if self._generation is None:
                self._generation = Generation(self._layout, self._files, self._spool)
            generation = self._generation
            marks = generation.append(additions, self._config.segment_max_rows)
        except OSError as error:
            refusal = self._committer.fail(error, "writing")
            self._retire()
            raise refusal from error
        self._usage.add(size)
        if self._config.acknowledge is Acknowledge.RECEIVED:
            future.set_result(None)
        self._committer.add(Entry(generation, marks, future))
        if generation.size >= self._config.segment_max_bytes or generation.rows >= self._config.segment_max_rows:
            self._retire()

    def _retire(self) -> None:
        generation, self._generation = self._generation, None
        if generation:
            self._committer.seal(generation)

    def _lose(self, generation: Generation) -> None:
        with self._lock:
            if self._generation is generation:
                self._retire()

    def _tick(self) -> float | None:
        with self._lock:
            if self._generation is None:
                return None
            left = self._generation.opened + self._config.segment_max_age - time.monotonic()
            if left <= 0:
                self._retire()
                return None
            return left

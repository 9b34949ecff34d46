"""What the processor has of shadows: it sees the request for one, and lets it look at the batches."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from otel_lift.batch import Batch
from otel_lift.pipeline import Services
from otel_lift_redaction.bodies import Finder
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.shadow.request import FOLDER, REQUEST, Request
from otel_lift_redaction.shadow.trial import Trial

__all__ = ["Shadow"]

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 1.0  # seconds


class Shadow:
    """Runs a candidate beside the live rules while the data folder holds a request for it.

    Nothing that happens here reaches the live path: a candidate that fails is counted.
    """

    def __init__(
        self, config: RedactionConfig, services: Services, build: Callable[[RedactionConfig, Path], Finder]
    ) -> None:
        """Keep the live configuration, and what makes a candidate of one."""
        self._config = config
        self._services = services
        self._build = build
        self._folder = services.data / FOLDER
        self._file = self._folder / REQUEST
        self._look_at = 0.0
        self._seen: tuple[int, int] | None = None
        self._trial: Trial | None = None

    def look(self, batch: Batch, outcome: Outcome, live: Finder) -> None:
        """Let the candidate look at a batch, if there is one; `outcome` is what the live rules found in it."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_AGAIN
            self._notice(live)
        trial = self._trial
        if trial is None:
            return
        if trial.over:
            self._trial = None
            return
        try:
            trial.look(batch, outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the live path goes on
            trial.failed(error)

    def stop(self) -> None:
        """End the trial, if one runs; its report is written."""
        if self._trial is not None:
            self._trial.stop()
            self._trial = None

    def _notice(self, live: Finder) -> None:
        """See whether the request came, changed or went."""
        try:
            found = os.stat(self._file)  # noqa: PTH116 - on the path of every second's first batch
            seen = (found.st_ino, found.st_mtime_ns)
        except OSError:
            seen = None
        if seen == self._seen:
            return
        self._seen = seen
        self.stop()
        if seen is not None:
            self._begin(live)

    def _begin(self, live: Finder) -> None:
        try:
            request = Request.model_validate(yaml.safe_load(self._file.read_bytes()))
        except (OSError, ValueError, yaml.YAMLError) as error:
            logger.warning("the request for a shadow cannot be read: %s", type(error).__name__)
            return
        if request.processor != self._services.name or request.end <= time.time():
            return
        candidate: Finder | None = None
        failure: Exception | None = None
        try:
            candidate = self._build(request.candidate(self._config), self._services.data)
        except Exception as error:  # noqa: BLE001 - as for a batch
            failure = error
        self._trial = Trial(request, live, candidate, self._folder)
        if failure is not None:
            self._trial.failed(failure)
        self._trial.start()

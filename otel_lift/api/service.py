"""The parts of the running API, as its routes use them."""

import time
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from otel_lift.api.auth import unauthorised
from otel_lift.api.backend import Backend
from otel_lift.api.callers import Caller
from otel_lift.api.cleaning import Cleaner
from otel_lift.api.questions import Questions
from otel_lift.api.rates import Rates
from otel_lift.api.realtime import Feeds
from otel_lift.api.trail import Trail
from otel_lift.api.work import Work

__all__ = ["Asking", "Parts", "caller_of"]

_OPERATIONS = 4  # operations and writes at a time


@dataclass(frozen=True, slots=True)
class Parts:
    """What routes work with. `work` is for questions, `long_work` for operations that take their time."""

    backend: Backend
    work: Work
    long_work: Work
    questions: Questions
    cleaner: Cleaner
    trail: Trail
    rates: Rates
    feeds: Feeds

    @classmethod
    def of(cls, backend: Backend) -> Self:
        """Put the parts over a backend together."""
        limits = backend.config.limits
        work = Work("api", limits.concurrency, limits.waiting)
        trail, cleaner = Trail(backend), Cleaner(backend.configuration)
        return cls(
            backend=backend,
            work=work,
            long_work=Work("api-operations", _OPERATIONS, limits.waiting),
            questions=Questions(backend, work, trail, cleaner),
            cleaner=cleaner,
            trail=trail,
            rates=Rates(limits),
            feeds=Feeds(backend, work),
        )

    def close(self, timeout: float) -> bool:
        """Begin nothing more; answers whether all threads ended within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        parts = (self.work, self.long_work, self.trail)
        ended = [part.close(max(deadline - time.monotonic(), 0.0)) for part in parts]
        return all(ended)


def caller_of(connection: HTTPConnection) -> Caller:
    """Answer who asks, as the gate found out; raises ApiError 401 where nothing passed it."""
    caller = connection.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise unauthorised()
    return caller


def _asking(request: Request) -> Caller:
    return caller_of(request)


Asking = Annotated[Caller, Depends(_asking)]
"""Who asks, as an argument of a route."""

"""How many requests a user may make, and how many live streams."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from otel_lift.api.callers import Caller
from otel_lift.api.config import ApiLimits
from otel_lift.api.errors import ApiError

__all__ = ["Rates"]

_WAIT = 30  # seconds after which a stream may be free


class Rates:
    """Counts requests in a moving hour, and streams while they last; used in the event loop only."""

    def __init__(self, limits: ApiLimits) -> None:
        """Begin without any."""
        self._limits = limits
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._hourly = RateLimitItemPerHour(limits.requests_per_hour)
        self._streams: Counter[tuple[str, str]] = Counter()

    def check(self, caller: Caller) -> None:
        """Count a request; raises ApiError 429 if it is one too many."""
        # Where nobody signs in all are one user, and the console alone may ask more often.
        if caller.open or self._limiter.hit(self._hourly, caller.tenant, caller.user):
            return
        reset = self._limiter.get_window_stats(self._hourly, caller.tenant, caller.user).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        raise ApiError(
            429,
            "rate_limited",
            f"{self._limits.requests_per_hour} requests an hour are allowed; try again in {wait} s",
            {"Retry-After": str(wait)},
        )

    @contextmanager
    def stream(self, caller: Caller) -> Iterator[None]:
        """Hold one of the caller's streams inside the block; raises ApiError 429 if there are too many."""
        key = (caller.tenant, caller.user)
        if self._streams[key] >= self._limits.streams_per_user or self._streams.total() >= self._limits.streams:
            raise ApiError(429, "streams", "too many live streams are open; close one", {"Retry-After": str(_WAIT)})
        self._streams[key] += 1
        try:
            yield
        finally:
            self._streams[key] -= 1
            if not self._streams[key]:
                del self._streams[key]

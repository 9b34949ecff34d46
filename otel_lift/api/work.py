"""Threads for what blocks: so many at a time, so many that wait, and no more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from otel_lift.errors import BackpressureError

__all__ = ["Work"]

_T = TypeVar("_T")


class Work:
    """Runs functions in threads. One whose caller went away is left out while it waits, and else runs to its end."""

    def __init__(self, name: str, at_once: int, waiting: int) -> None:
        """Start no thread yet."""
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._most = at_once + waiting
        self._pending = 0

    async def run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Answer what a function answers; raises BackpressureError if too many wait already."""
        if self._pending >= self._most:
            raise BackpressureError("too many questions wait to be answered; try again")
        loop = asyncio.get_running_loop()
        self._pending += 1
        future = self._pool.submit(function, *arguments)
        # A thread that still works for a caller who went away takes its place until it ends.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done) if not loop.is_closed() else None)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self) -> None:
        self._pending -= 1

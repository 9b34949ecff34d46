"""Threads for what blocks: so many at a time, so many that wait, and no more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
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
        self._pending: set[Future[Any]] = set()

    async def run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Answer what a function answers; raises BackpressureError if too many wait already."""
        # A thread that still works for a caller who went away takes its place until it ends.
        if len(self._pending) >= self._most:
            raise BackpressureError("too many questions wait to be answered; try again")
        future = self._pool.submit(function, *arguments)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return await asyncio.wrap_future(future)

    def close(self, timeout: float) -> bool:
        """Begin nothing more; answers whether all that was begun ended within `timeout` seconds."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self._pending), timeout).not_done

"""From the threads of a sink to an event loop."""

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial

from otel_lift.kernel import Outcome
from otel_lift.pipeline.sink import Request, Sink

__all__ = ["Answers"]

_Waiter = asyncio.Future[Outcome]


class Answers:
    """Waits in one event loop for what a sink answers elsewhere; many answers wake the loop once."""

    def __init__(self) -> None:
        self._told: deque[tuple[_Waiter, Outcome | Exception]] = deque()
        self._waking = False

    async def of(self, sink: Sink, request: Request) -> Outcome:
        """Hand a request to a sink and answer its outcome; raises what the sink refuses with."""
        loop = asyncio.get_running_loop()
        waiter: _Waiter = loop.create_future()
        sink.submit(request, partial(self._tell, loop, waiter))
        return await waiter

    def _tell(self, loop: asyncio.AbstractEventLoop, waiter: _Waiter, result: Outcome | Exception) -> None:
        self._told.append((waiter, result))
        if not self._waking:
            self._waking = True
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._waking = False  # first: what is told from here on is either taken below or wakes the loop again
        while self._told:
            waiter, result = self._told.popleft()
            if waiter.done():  # it was late
                continue
            if isinstance(result, Exception):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)

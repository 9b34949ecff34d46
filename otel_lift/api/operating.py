"""Operations of the gateway, such as an erasure, for a caller: on record, and about their tenant alone."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, closing
from typing import Any

from otel_lift.api.callers import Caller
from otel_lift.api.service import Parts
from otel_lift.api.trail import actor
from otel_lift.jobs.running import find, operate

__all__ = ["last_of", "stream_of"]

_AHEAD = 4  # answers that may wait for a slow reader
_LOOK = 1.0  # seconds after which the thread of an operation looks whether its reader is there


async def stream_of(
    parts: Parts, caller: Caller, name: str, arguments: Mapping[str, Any]
) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield what an operation yields, as it goes; it ends where it stands if the iterator is closed.

    It runs in one thread to its end: what it holds in the store belongs to that thread's connection.
    """
    loop = asyncio.get_running_loop()
    answers: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
    room, left = threading.Semaphore(_AHEAD), threading.Event()

    def run() -> None:
        context = parts.backend.context_of(caller.tenant)
        operation = find(parts.backend.operations, name)
        with closing(operate(context, operation, {**arguments, "tenant": caller.tenant}, actor(caller))) as running:
            for answer in running:
                while not room.acquire(timeout=_LOOK) and not left.is_set():
                    pass
                if left.is_set():
                    return
                loop.call_soon_threadsafe(answers.put_nowait, answer)

    work = asyncio.ensure_future(parts.long_work.run(run))
    work.add_done_callback(lambda _: answers.put_nowait(None))
    try:
        while (answer := await answers.get()) is not None:
            yield answer
            room.release()
        await work
    finally:
        parts.questions.forget(caller.tenant)
        left.set()
        room.release()


async def last_of(parts: Parts, caller: Caller, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the last thing that an operation yields."""
    last: Mapping[str, Any] = {}
    async with aclosing(stream_of(parts, caller, name, arguments)) as running:
        async for answer in running:
            last = answer
    return dict(last)

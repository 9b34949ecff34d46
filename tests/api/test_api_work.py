"""Questions wait for their turn, so many and no more; and what goes wrong is told by a status, never by a value."""

import asyncio
import threading

import pytest

from otel_lift.api.errors import refusal_of
from otel_lift.api.work import Work
from otel_lift.errors import (
    BackpressureError,
    ConfigError,
    OtelLiftError,
    ShuttingDownError,
    StoreError,
    StoreUnavailableError,
    TooLargeError,
)

_VALUE = "alice@example.com"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailableError(f"Code: 159. Timeout exceeded: {_VALUE}"), 504, "timeout"),
        (StoreUnavailableError(f"Code: 241. Memory limit exceeded: {_VALUE}"), 413, "too_large"),
        (StoreError(f"Code: 396. Limit for result exceeded: {_VALUE}"), 413, "too_large"),
        (StoreUnavailableError(f"connection refused: {_VALUE}", retry_after=2.5), 503, "store_unavailable"),
        (StoreError(f"Code: 47. Unknown identifier {_VALUE} (UNKNOWN_IDENTIFIER)"), 500, "store_refused"),
        (StoreError(f"Code: 395. no such metric {_VALUE}"), 400, "bad_request"),
        (BackpressureError("too many wait"), 503, "busy"),
        (ShuttingDownError(_VALUE), 503, "unavailable"),
        (TooLargeError("too many bytes"), 413, "too_large"),
        (ConfigError("no pipeline makes pseudonyms"), 400, "bad_request"),
        (KeyError(_VALUE), 500, "internal"),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, code: str) -> None:
    """An error becomes a status and a code; what the store says of a value is not repeated."""
    refused = refusal_of(error)
    assert (refused.status, refused.code) == (status, code)
    assert _VALUE not in str(refused)
    assert ("Retry-After" in refused.headers) == (status == 503)


def test_only_so_many_wait() -> None:
    """One runs, one waits, and a third is told to come again; what ends makes room."""

    async def scenario() -> None:
        work, go = Work("test", 1, 1), threading.Event()
        waiting = [asyncio.ensure_future(work.run(go.wait, 30)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BackpressureError):
            await work.run(go.wait, 30)
        go.set()
        assert await asyncio.gather(*waiting) == [True, True]
        assert await work.run(lambda: 1) == 1
        assert work.close(30)

    asyncio.run(scenario())


def test_what_nobody_waits_for_is_not_begun() -> None:
    """A question whose asker went away while it waited is never put, and its place is free at once."""

    async def scenario() -> list[str]:
        work, go, done = Work("test", 1, 1), threading.Event(), list[str]()
        first = asyncio.ensure_future(work.run(go.wait, 30))
        second = asyncio.ensure_future(work.run(lambda: done.append("second")))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        third = asyncio.ensure_future(work.run(lambda: done.append("third")))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(first, third)
        work.close(30)
        return done

    assert asyncio.run(scenario()) == ["third"]


def test_closing_says_whether_all_has_ended() -> None:
    """Whoever closes learns if something still runs, on which the store must not be closed."""

    async def scenario() -> tuple[bool, bool]:
        work, go = Work("test", 1, 1), threading.Event()
        running = asyncio.ensure_future(work.run(go.wait, 30))
        await asyncio.sleep(0)
        early = work.close(0)
        go.set()
        await running
        return early, work.close(30)

    assert asyncio.run(scenario()) == (False, True)


def test_the_errors_of_the_tree_all_have_a_status() -> None:
    """No error of ours is answered as a fault of the gateway's own but those of processors, decoding and spool."""
    kinds = [kind for kind in OtelLiftError.__subclasses__() if kind is not ConfigError]
    leaves = [leaf for kind in kinds for leaf in kind.__subclasses__()]
    internal = {leaf.__name__ for leaf in leaves if refusal_of(leaf("x")).code == "internal"}
    assert internal == {"DecodeError", "ProcessorError", "SpoolError"}

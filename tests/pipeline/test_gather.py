"""When a batch of requests is begun."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from otel_lift.batch import RequestContext, Signal
from otel_lift.errors import ShuttingDownError
from otel_lift.pipeline import Request
from otel_lift.pipeline.gather import Gathering, IntakeLimits, Waiting

LONG = 1000.0
"""A linger that no test lives to see the end of."""


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Give threads to take in."""
    with ThreadPoolExecutor(1) as made:
        yield made


def _put(requests: Gathering, count: int, size: int = 10) -> None:
    for _ in range(count):
        requests.put("otlp", Request(Signal.LOGS, b"x" * size, RequestContext()), lambda _: None)


def _busy(requests: Gathering, count: int) -> None:
    """Take and answer batches of `count` requests."""
    for _ in range(20):
        _put(requests, count)
        assert len(requests.take()) == count
        requests.answered(count)


def _lingering(requests: Gathering, pool: ThreadPoolExecutor) -> "Future[list[Waiting]]":
    _put(requests, 1)
    taken = pool.submit(requests.take)
    with pytest.raises(TimeoutError):
        taken.result(0.05)
    return taken


def test_a_lone_client_waits_for_nothing() -> None:
    """A client that sends one request after the other is served at once, however long others may be waited for."""
    _busy(Gathering(IntakeLimits(1000, 1000, linger=LONG)), 1)


def test_a_busy_taker_waits_for_the_clients_it_had(pool: ThreadPoolExecutor) -> None:
    """As many requests as lately were in flight at once share the next batch too."""
    requests = Gathering(IntakeLimits(1000, 1000, linger=LONG))
    _busy(requests, 4)
    taken = _lingering(requests, pool)
    _put(requests, 3)
    assert len(taken.result(10)) == 4


def test_half_a_batch_is_enough(pool: ThreadPoolExecutor) -> None:
    """A batch that is half full is begun without those who may still come."""
    requests = Gathering(IntakeLimits(1000, 1000, linger=LONG))
    _busy(requests, 4)
    taken = _lingering(requests, pool)
    _put(requests, 1, size=490)
    assert len(taken.result(10)) == 2


def test_without_linger_nothing_waits() -> None:
    """Where nothing may linger, what is there is taken."""
    requests = Gathering(IntakeLimits(1000, 1000, linger=0.0))
    _busy(requests, 4)
    _put(requests, 1)
    assert len(requests.take()) == 1


def test_closing_ends_the_wait(pool: ThreadPoolExecutor) -> None:
    """Once it is closed, what is queued is taken at once, then nothing, and nothing is added."""
    requests = Gathering(IntakeLimits(1000, 1000, linger=LONG))
    _busy(requests, 4)
    taken = _lingering(requests, pool)
    requests.close()
    assert len(taken.result(10)) == 1
    assert requests.take() == []
    with pytest.raises(ShuttingDownError):
        _put(requests, 1)


def test_a_batch_never_exceeds_its_bytes() -> None:
    """What does not fit a batch is left for the next; a request that is larger than any batch has one to itself."""
    requests = Gathering(IntakeLimits(10_000, 1000))
    _put(requests, 1, size=5000)
    _put(requests, 3, size=400)
    assert [len(requests.take()) for _ in range(3)] == [1, 2, 1]

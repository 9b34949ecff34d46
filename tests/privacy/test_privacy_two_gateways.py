"""Random events of random people at two gateways over one store, with consent that changes and comes late."""

import bisect
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from clickhouse_engines import server_process
from gateways import HOST, PROCESSORS, Gateway, query, until

from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.keys import create

_EVENTS = {"feature_used": "analytics", "suggestion_shown": "personalization", "newsletter_opened": "marketing"}
_UPDATE = "user_consent_update"
_DATABASE = "world"
_EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
_A_REQUEST = 250
_HOUR = 3600 * 10**9

Entry = tuple[int, bool]  # when, and whether it is a grant; of equal times the withdrawal is the last


@dataclass(frozen=True)
class Event:
    """What a person did; `own` is what the record itself says of consent."""

    number: int
    person: int
    name: str
    time: int
    own: bool | None


@dataclass(frozen=True)
class Update:
    """A person's new answer for a category."""

    person: int
    category: str
    time: int
    granted: bool


@dataclass
class Model:
    """The rule of consent for one event at a time, with all that was ever known."""

    entries: dict[tuple[int, str], list[tuple[int, bool]]] = field(default_factory=dict)

    def learn(self, update: Update) -> None:
        """Take an update in; the order in which they come does not matter."""
        # sorted so that of equal times the withdrawal is the last
        bisect.insort(self.entries.setdefault((update.person, update.category), []), (update.time, not update.granted))

    def _known(self, event: Event) -> tuple[list[tuple[int, bool]], list[tuple[int, bool]]]:
        every = self.entries.get((event.person, _EVENTS[event.name]), [])
        return every, [entry for entry in every if entry[0] <= event.time]

    def forbids(self, event: Event) -> bool:
        """Whether the event may not be stored, whoever learnt what first: what held when it happened decides."""
        _, until_then = self._known(event)
        withdrawn = bool(until_then) and until_then[-1][1]
        if event.own is None:
            return not until_then or withdrawn
        return not event.own or (withdrawn and until_then[-1][0] == event.time)

    def keeps(self, event: Event) -> bool:
        """Whether a gateway that knows everything keeps it: a grant must also be newer than the last withdrawal."""
        every, until_then = self._known(event)
        if event.own is False:
            return False
        last = max((when for when, withdrawn in every if withdrawn), default=None)
        if last is not None and (every[-1][1] or (until_then and until_then[-1][1])):
            return event.own is True and event.time > last
        return event.own is True or bool(until_then)

    def never_withdrawn(self, event: Event) -> bool:
        """Whether nobody ever withdrew what the event needs."""
        return not any(withdrawn for _, withdrawn in self._known(event)[0])


@dataclass(frozen=True)
class World:
    """What happens, in the order in which it arrives; `settled` arrives when all is known everywhere."""

    arrivals: Sequence[Event | Update]
    settled: Sequence[Event]


def world(seed: int, events: int) -> World:
    """Make up events of some hundred people in an hour, of which some arrive late, as do some of their answers."""
    chance = random.Random(seed)
    people, end = max(events // 60, 50), time.time_ns() - 60 * 10**9
    began = end - _HOUR

    def event(number: int) -> Event:
        own = chance.choices([None, True, False], [70, 20, 10])[0]
        at = began + chance.randrange(_HOUR)
        return Event(number, chance.randrange(people), chance.choice(list(_EVENTS)), at, own)

    made: list[tuple[int, Event | Update]] = []
    for number in range(1, events + 1):
        one = event(number)
        late = chance.randrange(_HOUR // 2) if chance.random() < 0.2 else 0
        made.append((one.time + late, one))
    for _ in range(events // 8):
        at = began + chance.randrange(_HOUR)
        update = Update(chance.randrange(people), chance.choice(list(_EVENTS.values())), at, chance.random() < 0.65)
        late = chance.randrange(_HOUR // 3) if chance.random() < 0.4 else 0
        made.append((at + late, update))
    made.sort(key=lambda pair: pair[0])
    settled = [event(number) for number in range(events + 1, events + 1 + max(events // 10, 500))]
    return World([one for _, one in made], settled)


def as_otlp(chosen: Sequence[Event | Update]) -> bytes:
    """Write one request of log records."""
    request: Any = REQUESTS[Signal.LOGS]()
    records = request.resource_logs.add().scope_logs.add().log_records
    for one in chosen:
        record = records.add(time_unix_nano=one.time)
        record.attributes.add(key="user.id").value.string_value = f"person-{one.person}@world.example"
        if isinstance(one, Update):
            record.event_name = f"lift.{_UPDATE}"
            record.attributes.add(key=f"lift.consent.{one.category}").value.bool_value = one.granted
            continue
        record.event_name = f"lift.{one.name}"
        record.trace_id = one.number.to_bytes(16)
        if one.own is not None:
            record.attributes.add(key=f"lift.consent.{_EVENTS[one.name]}").value.bool_value = one.own
    return bytes(request.SerializeToString())


def send(gateways: Sequence[Gateway], arrivals: Sequence[Event | Update], seed: int) -> None:
    """Send everything in order, each request to one of the gateways, without waiting for what it did."""
    chance = random.Random(seed)
    parts: list[list[bytes]] = [[] for _ in gateways]
    for start in range(0, len(arrivals), _A_REQUEST):
        chance.choice(parts).append(as_otlp(arrivals[start : start + _A_REQUEST]))
    failures: list[BaseException] = []

    def run(port: int, payloads: list[bytes]) -> None:
        try:
            with grpc.insecure_channel(f"{HOST}:{port}") as channel:
                call = channel.unary_unary(_EXPORT, None, None)
                for payload in payloads:
                    assert call(payload, timeout=60, wait_for_ready=True) == b""
        except BaseException as error:
            failures.append(error)
            raise

    threads = [
        threading.Thread(target=run, args=(one.ports["grpc"], payloads))
        for one, payloads in zip(gateways, parts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.fixture
def two_gateways(tmp_path: Path) -> Iterator[tuple[list[Gateway], int]]:
    """Run two gateways with the same keys over one store; answers them and the store's port."""
    keys = tmp_path / "keys" / "shared.keys"
    create(keys)
    with ExitStack() as stack:
        port = stack.enter_context(server_process(tmp_path / "server", "--write"))
        made = []
        for name in ("one", "two"):
            processors = dict.fromkeys(PROCESSORS) | {
                "pseudonyms": {"keys": {"file": str(keys)}, "shared": True},
                "consent": {"categories": _EVENTS},
            }
            dsn = f"clickhouse://{HOST}:{port}/{_DATABASE}"
            made.append(stack.enter_context(Gateway(tmp_path / name, dsn=dsn, processors=processors)))
            made[-1].start()
        yield made, port


def stored(port: int, table: str = "otel_logs", column: str = "TraceId") -> Counter[int]:
    """Count the rows of each event in a table."""
    rows = query(port, f"SELECT {column}, count() FROM {_DATABASE}.{table} WHERE {column} != '' GROUP BY {column}")
    return Counter({int(number, 16): int(count) for number, count in rows})


def entries_known(running: Gateway) -> int:
    """Count the lines of a gateway's ledger."""
    return (running.data / "consent" / "ledger.log").read_bytes().count(b"\n")


def settle(gateways: Sequence[Gateway], port: int, entries: int) -> None:
    """Wait until all that was sent is stored, and each gateway has the same ledger, as the store has."""

    def empty() -> bool:
        return all(
            not any((one.data / "spool").glob("*/*.open")) and not any((one.data / "spool").glob("*/*.arrow"))
            for one in gateways
        )

    def known() -> bool:
        in_store = query(port, f"SELECT uniqExact(entry) FROM {_DATABASE}.lift_consent")[0][0]
        return int(in_store) == entries and all(entries_known(one) == entries for one in gateways)

    until(empty, "empty spools", 300)
    until(known, f"{entries} entries at both gateways and in the store", 60)


def _none_of(forbidden: set[int], port: int, table: str, column: str) -> bool:
    return not forbidden & stored(port, table, column).keys()


def check(gateways: Sequence[Gateway], port: int, seed: int, events: int) -> None:
    """Send a world to two gateways, and compare what is stored with the model."""
    made, model = world(seed, events), Model()
    updates = [one for one in made.arrivals if isinstance(one, Update)]
    for update in updates:
        model.learn(update)
    send(gateways, made.arrivals, seed)
    settle(gateways, port, len(set(updates)))
    sent = {one.number: one for one in made.arrivals if isinstance(one, Event)}
    forbidden = {number for number, one in sent.items() if model.forbids(one)}
    # what came before its withdrawal was known is stored for a moment, so the seed must lead there
    for table, column in (("otel_logs", "TraceId"), ("lift_events", "trace_id")):
        until(partial(_none_of, forbidden, port, table, column), f"nothing forbidden in {table}", 120)
    send(gateways, made.settled, seed + 1)
    settle(gateways, port, len(set(updates)))

    for table, column in (("otel_logs", "TraceId"), ("lift_events", "trace_id")):
        found = stored(port, table, column)
        assert not forbidden & found.keys()
        assert set(found.values()) <= {1}
        certain = {n for n, one in sent.items() if model.never_withdrawn(one) and one.own is True}
        assert certain <= found.keys()
        assert {one.number for one in made.settled if one.number in found} == {
            one.number for one in made.settled if model.keeps(one)
        }
    until(lambda: sum(one.total("consent_purged_rows") for one in gateways), "the count of what was taken back", 20)
    assert len(forbidden) > events // 10
    assert len(stored(port)) > events // 10


def test_nothing_that_consent_forbids_is_stored(two_gateways: tuple[list[Gateway], int]) -> None:
    """Of thousands of random events at two gateways no row stays that the model forbids, and none is doubled."""
    check(*two_gateways, seed=20261121, events=4_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_of_a_million_events_that_consent_forbids_is_stored(two_gateways: tuple[list[Gateway], int]) -> None:
    """The same of a million events."""
    check(*two_gateways, seed=4, events=1_000_000)

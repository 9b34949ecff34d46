"""Export requests that carry canaries, and their way to the gateway's own receiver."""

import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from otel_lift.batch import MetricKind, Signal
from otel_lift.canaries.needles import Canary
from otel_lift.config import Configuration, split_endpoint
from otel_lift.errors import ConfigError, RetryableError
from otel_lift.kernel.requests import REQUESTS
from otel_lift.synthetic import Position, attributes_of, positions, put

__all__ = ["METRIC_NUMBER", "SERVICE", "Door", "Planted", "doors", "plant"]

SERVICE = "otel-lift-canary"
"""The service name of every canary."""

_CATEGORIES = ("essential", "analytics", "personalization", "marketing")
_METHODS = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
_RECORDS = {
    Signal.TRACES: ("scope_spans", "spans"),
    Signal.LOGS: ("scope_logs", "log_records"),
    Signal.METRICS: ("scope_metrics", "metrics"),
}
_KINDS = frozenset(kind.name.lower() for kind in MetricKind)
_VALUES = {kind: "Value" if kind in {"gauge", "sum"} else "Count" for kind in _KINDS}
METRIC_NUMBER: Mapping[str, str] = MappingProxyType({f"otel_metrics_{kind}": name for kind, name in _VALUES.items()})
"""The column, by table, that holds the number of a data point."""

_TIMEOUT = 20.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the gateway: a protocol of its receiver, and the signals that it has a pipeline for."""

    protocol: str
    signals: Sequence[Signal]
    send: Callable[[Signal, bytes], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """A canary that was sent: in which record of which signal, and where in it.

    `number` is its trace id; of a data point its value or count. `table` is where its record is stored.
    """

    canary: Canary
    signal: Signal
    position: Position
    table: str
    number: int

    @property
    def place(self) -> str:
        """Where in OTLP it was planted."""
        return f"{self.signal.value} {'.'.join(self.position[1:])}"


def doors(config: Configuration, receiver: str) -> list[Door]:
    """Answer the ways into the gateway that canaries can take. Raises ConfigError where there is none."""
    for configured in config.receivers.values():
        if configured.component.name != "otlp" or receiver not in {"", configured.id}:
            continue
        used = {one.signal for one in config.pipelines.values() if configured.id in one.receivers}
        signals = [signal for signal in Signal if signal in used]
        protocols: Any = configured.config.protocols
        found = []
        if protocols.http is not None and signals:
            found.append(Door("http", signals, _http(protocols.http)))
        if protocols.grpc is not None and signals:
            found.append(Door("grpc", signals, _grpc(protocols.grpc)))
        if found:
            return found
    raise ConfigError(
        f"service.canaries: no OTLP receiver {receiver or 'of a pipeline'} to send to; name one of the pipelines' own"
    )


def plant(rng: Random, door: Door, canaries: Sequence[Canary], now: int) -> list[Planted]:
    """Send canaries in random positions, each in a record of its own; `now` is in Unix nanoseconds.

    Raises RetryableError where the gateway does not take them.
    """
    by_signal: dict[Signal, list[Planted]] = {}
    for canary in canaries:
        signal = rng.choice(door.signals)
        position = rng.choice(positions(REQUESTS[signal].DESCRIPTOR))
        kind = next(iter(_KINDS.intersection(position)), "gauge")
        table = f"otel_metrics_{kind}" if signal is Signal.METRICS else f"otel_{signal.value}"
        # fits a float's digits, which a data point's value has
        one = Planted(canary, signal, position, table, rng.getrandbits(52) + 1)
        by_signal.setdefault(signal, []).append(one)
    for signal, planted in by_signal.items():
        door.send(signal, _request(rng, signal, planted, now))
    return [one for planted in by_signal.values() for one in planted]


def _request(rng: Random, signal: Signal, planted: Sequence[Planted], now: int) -> bytes:
    request: Any = REQUESTS[signal]()
    for one in planted:
        put(request, signal, one.position, one.canary.text, 1 if signal is Signal.METRICS else one.number, now)
        group = getattr(request, one.position[0])[-1]
        group.resource.attributes.add(key="service.name").value.string_value = SERVICE
        for record in _records(group, signal):
            if signal is Signal.METRICS:
                _number(record, one)
            # it is about nobody: it must pass consent, or nothing behind that would be tried
            attributes = attributes_of(record)
            allowed = attributes.add(key="lift.consent").value.array_value
            for category in _CATEGORIES:
                allowed.values.add(string_value=category)
            attributes.add(key="user.id").value.string_value = f"canary {rng.getrandbits(64):016x}"
    return bytes(request.SerializeToString())


def _number(point: Any, planted: Planted) -> None:
    point.start_time_unix_nano = 0
    setattr(point, "as_int" if METRIC_NUMBER[planted.table] == "Value" else "count", planted.number)


def _records(group: Any, signal: Signal) -> Iterator[Any]:
    scopes, records = _RECORDS[signal]
    for scope in getattr(group, scopes):
        for record in getattr(scope, records):
            if signal is Signal.METRICS:
                yield from getattr(record, record.WhichOneof("data")).data_points
            else:
                yield record


def _http(config: Any) -> Callable[[Signal, bytes], None]:
    paths: Mapping[Signal, str] = {signal: getattr(config, f"{signal.value}_url_path") for signal in Signal}

    def send(signal: Signal, body: bytes) -> None:
        request = urllib.request.Request(
            f"http://{_address(config.endpoint)}{paths[signal]}", body, {"Content-Type": "application/x-protobuf"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - always http, and to this machine
                answer.read()
        except OSError as error:
            raise RetryableError(f"the gateway does not take canaries at {config.endpoint} (HTTP)") from error

    return send


def _grpc(config: Any) -> Callable[[Signal, bytes], None]:
    def send(signal: Signal, body: bytes) -> None:
        import grpc  # noqa: PLC0415 - its threads are started by the import, where they are needed only

        try:
            with grpc.insecure_channel(_address(config.endpoint)) as opened:
                channel: Any = opened  # the stubs ask for serialisers
                channel.unary_unary(f"/{_METHODS[signal]}/Export")(body, timeout=_TIMEOUT)
        except grpc.RpcError as error:
            raise RetryableError(f"the gateway does not take canaries at {config.endpoint} (gRPC)") from error

    return send


def _address(endpoint: str) -> str:
    host, port = split_endpoint(endpoint)
    host = _ANY_HOST.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

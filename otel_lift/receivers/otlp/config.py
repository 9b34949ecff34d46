"""Configuration of the OTLP receiver, in the OpenTelemetry Collector's shape."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from otel_lift.pipeline import ComponentConfig
from otel_lift.tenants import DEFAULT_TENANT, TenantName

__all__ = ["CorsConfig", "GrpcConfig", "HttpConfig", "KeepaliveConfig", "OtlpConfig", "ProtocolsConfig"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_ENDPOINT = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^:\[\]/\s]+):\d{1,5}")
_MIB = 1 << 20


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    matches = list(_DURATION.finditer(value))
    if not matches or "".join(match.group() for match in matches) != value:
        raise ValueError("give a duration such as 500ms, 30s or 1m30s, or a number of seconds")
    return sum(float(match[1]) * _UNITS[match[2]] for match in matches)


def _endpoint(value: str) -> str:
    if not _ENDPOINT.fullmatch(value) or int(value.rpartition(":")[2]) > 65535:
        raise ValueError("give host:port, such as 127.0.0.1:4317, [::1]:4317, or 0.0.0.0:4317 for every interface")
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=86_400)]
Endpoint = Annotated[str, BeforeValidator(_endpoint)]
Path = Annotated[str, Field(pattern=r"^/[^\s?#]*$")]


class KeepaliveConfig(ComponentConfig):
    """When gRPC connections are probed and closed; all in seconds, or as 30s, 5m."""

    time: Duration = Field(default=7200.0, description="Ping a silent connection after this long.")
    timeout: Duration = Field(default=20.0, description="Close a connection that does not answer a ping for this long.")
    max_connection_idle: Duration | None = Field(
        default=None, description="Close a connection without calls after this long."
    )
    max_connection_age: Duration | None = Field(
        default=None, description="Ask clients to connect anew after this long, so that load spreads over new replicas."
    )
    max_connection_age_grace: Duration = Field(default=30.0, description="How long calls may finish after that.")
    min_time: Duration = Field(default=10.0, description="A client that pings more often than this is disconnected.")


class GrpcConfig(ComponentConfig):
    """OTLP over gRPC; durations in seconds, or as 500ms, 30s, 5m."""

    endpoint: Endpoint = Field(
        default="127.0.0.1:4317", description="host:port to listen on; port 0 takes any free one."
    )
    max_recv_msg_size_mib: int = Field(
        default=64, ge=1, le=1024, description="Largest request after decompression, in MiB."
    )
    max_concurrent_streams: int = Field(
        default=128,
        ge=1,
        le=65_536,
        description="Calls at once on one connection; a client holds further ones back itself.",
    )
    max_receiving_calls: int = Field(
        default=32, ge=1, le=1024, description="Messages that arrive at the same time; further ones are held back."
    )
    max_in_flight_size: int = Field(
        default=64 * _MIB,
        ge=1,
        description="Bytes of requests that wait for the disk, per process; beyond it, messages are held back.",
    )
    ack_timeout: Duration = Field(
        default=30.0, description="A request that is not durable after this long is answered UNAVAILABLE, with a delay."
    )
    body_timeout: Duration = Field(
        default=30.0, description="A call whose message has not arrived by then is cancelled."
    )
    handshake_timeout: Duration = Field(
        default=10.0, description="A connection that does not speak HTTP/2 by then is closed."
    )
    keepalive: KeepaliveConfig = Field(default=KeepaliveConfig(), description="Probing and closing of connections.")


class CorsConfig(ComponentConfig):
    """Which web pages may send telemetry from a browser; none unless listed."""

    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Origins such as https://app.example.com or https://*.example.com; * allows all."
    )
    allowed_headers: tuple[str, ...] = Field(
        default=(), description="Request headers that pages may set besides the ones that OTLP needs; * allows all."
    )
    max_age: Duration | None = Field(
        default=None, description="How long browsers may remember the answer to a preflight."
    )


class HttpConfig(ComponentConfig):
    """OTLP over HTTP, as protobuf and as JSON, and plain JSON events; durations as for gRPC."""

    endpoint: Endpoint = Field(
        default="127.0.0.1:4318", description="host:port to listen on; port 0 takes any free one."
    )
    cors: CorsConfig = Field(default=CorsConfig(), description="Which web pages may send from a browser.")
    traces_url_path: Path = Field(default="/v1/traces", description="Path of trace export requests.")
    logs_url_path: Path = Field(default="/v1/logs", description="Path of log export requests.")
    metrics_url_path: Path = Field(default="/v1/metrics", description="Path of metrics export requests.")
    events_url_path: Path = Field(default="/v1/events", description="Path of plain JSON events.")
    max_request_body_size: int = Field(
        default=64 * _MIB, ge=1, le=1024 * _MIB, description="Largest request after decompression, in bytes."
    )
    max_event_body_size: int = Field(
        default=_MIB,
        ge=1,
        le=64 * _MIB,
        description="Largest request of plain JSON events after decompression, in bytes.",
    )
    max_events: int = Field(default=1000, ge=1, le=100_000, description="Most plain JSON events in one request.")
    max_in_flight_size: int = Field(
        default=256 * _MIB,
        ge=1,
        description="Bytes of all requests held at once, per process; more is answered 503 with a delay.",
    )
    max_connections: int = Field(
        default=2048, ge=1, le=65_536, description="Open connections; further ones wait to be taken."
    )
    read_header_timeout: Duration = Field(
        default=30.0,
        description="A connection that sends no complete request head for this long is closed, idle or not.",
    )
    body_timeout: Duration = Field(
        default=30.0, description="A body that has not arrived by then is answered 408 and closed."
    )
    ack_timeout: Duration = Field(
        default=30.0, description="A request that is not durable after this long is answered 503, with a delay."
    )

    @model_validator(mode="after")
    def _distinct_paths(self) -> "HttpConfig":
        paths = (self.traces_url_path, self.logs_url_path, self.metrics_url_path, self.events_url_path)
        if len(set(paths)) < len(paths):
            raise ValueError("traces_url_path, logs_url_path, metrics_url_path and events_url_path must differ")
        return self

    @model_validator(mode="after")
    def _one_request_fits(self) -> "HttpConfig":
        if self.max_in_flight_size < 2 * self.max_request_body_size:
            raise ValueError(
                "max_in_flight_size must be at least twice max_request_body_size: a compressed and a plain copy"
            )
        return self


class ProtocolsConfig(ComponentConfig):
    """A protocol that is left out is not served; one without settings (`grpc:`) has the defaults."""

    grpc: GrpcConfig | None = Field(default=None, description="OTLP over gRPC.")
    http: HttpConfig | None = Field(default=None, description="OTLP over HTTP, and plain JSON events.")

    @model_validator(mode="before")
    @classmethod
    def _named_is_on(cls, value: Any) -> Any:
        # YAML reads `grpc:` without settings as null, by which the Collector means "with the defaults"
        if isinstance(value, dict):
            return {key: {} if settings is None else settings for key, settings in value.items()}
        return value

    @model_validator(mode="after")
    def _at_least_one(self) -> "ProtocolsConfig":
        if self.grpc is None and self.http is None:
            raise ValueError("name at least one protocol: grpc or http")
        return self


class OtlpConfig(ComponentConfig):
    """The receiver `otlp`."""

    protocols: ProtocolsConfig = Field(description="The protocols to serve, at least one.")
    tenant: TenantName = Field(
        default=DEFAULT_TENANT,
        description="Whose records come in here; its pipelines end at exporters of the same tenant.",
    )

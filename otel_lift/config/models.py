"""The `service` section: what the gateway itself is told, beside its components."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from otel_lift.api import ApiConfig
from otel_lift.canaries import CanariesConfig
from otel_lift.endpoints import Endpoint, split_endpoint
from otel_lift.maintenance import MaintenanceConfig
from otel_lift.pipeline import ComponentConfig
from otel_lift.queries import QueryDefaults
from otel_lift.spool import SpoolConfig

__all__ = [
    "DATA",
    "AcceptedTimeConfig",
    "Endpoint",
    "FailureConfig",
    "HealthConfig",
    "IntakeConfig",
    "LogsConfig",
    "MetricsConfig",
    "PipelineConfig",
    "ServiceConfig",
    "TelemetryConfig",
    "split_endpoint",
]

DATA = "${env:OTEL_LIFT_DATA:-./lift-data}"
"""The data folder where the file names none."""


class MetricsConfig(ComponentConfig):
    """The page of the gateway's own metrics."""

    endpoint: Endpoint = Field(
        default="127.0.0.1:8888", description="Address (`host:port`) of the Prometheus page, `/metrics`."
    )


class LogsConfig(ComponentConfig):
    """The gateway's own log."""

    level: Literal["debug", "info", "warn", "error"] = Field(
        default="info", description="Least severity that the gateway logs of itself."
    )


class TelemetryConfig(ComponentConfig):
    """What the gateway tells of itself."""

    metrics: MetricsConfig = Field(default=MetricsConfig(), description="The gateway's own metrics.")
    logs: LogsConfig = Field(default=LogsConfig(), description="The gateway's own log.")


class HealthConfig(ComponentConfig):
    """Liveness and readiness."""

    endpoint: Endpoint = Field(
        default="127.0.0.1:13133", description="Address (`host:port`) that answers `/healthz` and `/readyz`."
    )


class IntakeConfig(ComponentConfig):
    """The queue between the receivers and the pipelines, of each ingest process."""

    max_queue_bytes: int = Field(
        default=64 << 20,
        ge=1 << 20,
        description="Request bodies (bytes) that may wait; past that, clients retry.",
    )
    max_batch_bytes: int = Field(
        default=4 << 20, ge=1 << 16, description="Request bodies (bytes) that are decoded and processed together."
    )
    linger: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Seconds that a request may wait for others to be processed with, in a process that is busy.",
    )


class FailureConfig(ComponentConfig):
    """What happens to requests that a processor fails on; they never pass unprocessed."""

    action: Literal["refuse", "quarantine"] = Field(
        default="refuse",
        description="`refuse`: the client keeps the data and retries. `quarantine`: the requests are kept, encrypted, "
        "in the data folder.",
    )
    max_quarantine_bytes: int = Field(
        default=256 << 20, ge=0, description="Size (bytes) of the quarantine; when it is full, requests are refused."
    )


class AcceptedTimeConfig(ComponentConfig):
    """How far from the gateway's clock a record's own time may lie."""

    past: int = Field(
        default=90 * 86_400,
        gt=0,
        le=95 * 86_400,
        description="Seconds before the receive time. An older record is stored under its receive time and keeps what "
        "it claimed in `lift.time.original`.",
    )
    future: int = Field(
        default=86_400, ge=0, le=2 * 86_400, description="Seconds after the receive time; beyond it as for `past`."
    )


class PipelineConfig(ComponentConfig):
    """One pipeline: what feeds it, the processors in their order, and where its records go."""

    receivers: tuple[str, ...] = Field(min_length=1, description="Ids of the receivers that feed this pipeline.")
    processors: tuple[str, ...] = Field(default=(), description="Ids of the processors, in the order of their work.")
    exporters: tuple[str, ...] = Field(min_length=1, description="Ids of the exporters; each gets every record.")


class ServiceConfig(ComponentConfig):
    """What runs, and how."""

    data: Path = Field(
        default=Path("./lift-data"),
        description="Folder of all that the gateway keeps: spool, keys, embedded store. "
        "Where it is not set, the environment variable OTEL_LIFT_DATA is taken before the default.",
    )
    lake: Path | None = Field(
        default=None,
        description="Folder of Parquet files by table and day that outlive the store's retention, as "
        "`<table>/day=2026-11-21/*.parquet`; people are erased there too.",
    )
    workers: int = Field(default=1, ge=1, le=256, description="Number of ingest processes; they share the ports.")
    shutdown_timeout: float = Field(
        default=30.0, gt=0, description="Seconds that a process has to drain before it is ended."
    )
    accepted_time: AcceptedTimeConfig = Field(
        default=AcceptedTimeConfig(), description="The window of times that are stored as sent."
    )
    spool: SpoolConfig = Field(default=SpoolConfig(), description="The folder of records on their way to the store.")
    telemetry: TelemetryConfig = Field(default=TelemetryConfig(), description="What the gateway tells of itself.")
    health: HealthConfig = Field(default=HealthConfig(), description="Liveness and readiness.")
    api: ApiConfig | None = Field(
        default=ApiConfig(), description="The query API and the web console; null for neither."
    )
    intake: IntakeConfig = Field(default=IntakeConfig(), description="The queue between receivers and pipelines.")
    on_failure: FailureConfig = Field(default=FailureConfig(), description="What a failing processor leads to.")
    canaries: CanariesConfig = Field(
        default=CanariesConfig(), description="Made-up personal data that the gateway sends to itself and looks for."
    )
    maintenance: MaintenanceConfig = Field(
        default=MaintenanceConfig(), description="What the gateway does by itself for what is stored."
    )
    queries: QueryDefaults = Field(
        default={},
        description="Other defaults of named queries' parameters, by query and parameter, for everybody who asks by "
        "the API, the console or a report.",
    )
    extensions: tuple[str, ...] = Field(default=(), description="Ids of the extensions to start.")
    pipelines: dict[str, PipelineConfig] = Field(
        min_length=1, description="Pipelines by name: `traces` or `logs`, with `/name` for a second one of a signal."
    )

"""The gateway's configuration: YAML in the OpenTelemetry Collector's shape, typed, with errors that say what to do."""

from otel_lift.config.configuration import Configuration, Configured, Pipeline
from otel_lift.config.load import load, loads
from otel_lift.config.models import (
    AcceptedTimeConfig,
    Endpoint,
    FailureConfig,
    HealthConfig,
    IntakeConfig,
    LogsConfig,
    MetricsConfig,
    PipelineConfig,
    ServiceConfig,
    TelemetryConfig,
    split_endpoint,
)
from otel_lift.config.problem import Mark, Problem
from otel_lift.config.registry import Component, Kind, Registry

__all__ = [
    "AcceptedTimeConfig",
    "Component",
    "Configuration",
    "Configured",
    "Endpoint",
    "FailureConfig",
    "HealthConfig",
    "IntakeConfig",
    "Kind",
    "LogsConfig",
    "Mark",
    "MetricsConfig",
    "Pipeline",
    "PipelineConfig",
    "Problem",
    "Registry",
    "ServiceConfig",
    "TelemetryConfig",
    "load",
    "loads",
    "split_endpoint",
]

"""The receiver `otlp`: OpenTelemetry's own protocol over gRPC and HTTP, and plain JSON events over HTTP."""

from typing import TYPE_CHECKING

from otel_lift.pipeline import Services, Sink
from otel_lift.receivers.component import ReceiverComponent
from otel_lift.receivers.otlp.config import OtlpConfig

if TYPE_CHECKING:
    from otel_lift.receivers.otlp.receiver import OtlpReceiver

__all__ = ["COMPONENT", "OtlpConfig"]


def _create(config: OtlpConfig, services: Services, sink: Sink) -> "OtlpReceiver":
    # Every process reads every component's configuration, but only ingest should pay for the servers.
    from otel_lift.receivers.otlp.receiver import OtlpReceiver  # noqa: PLC0415 - see above

    return OtlpReceiver(config, services, sink)


def _endpoints(config: OtlpConfig) -> list[str]:
    return [protocol.endpoint for protocol in (config.protocols.grpc, config.protocols.http) if protocol is not None]


COMPONENT = ReceiverComponent(
    name="otlp", config=OtlpConfig, create=_create, endpoints=_endpoints, tenant=lambda config: str(config.tenant)
)
"""The declaration of this receiver."""

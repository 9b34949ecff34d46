"""The receiver `otlp`: OpenTelemetry's own protocol over gRPC and HTTP, and plain JSON events over HTTP."""

from otel_lift.receivers.component import ReceiverComponent
from otel_lift.receivers.otlp.config import OtlpConfig
from otel_lift.receivers.otlp.receiver import OtlpReceiver, endpoints

__all__ = ["COMPONENT", "OtlpConfig", "OtlpReceiver"]

COMPONENT = ReceiverComponent(name="otlp", config=OtlpConfig, create=OtlpReceiver, endpoints=endpoints)
"""The declaration of this receiver."""

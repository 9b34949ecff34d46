"""Receivers: how telemetry comes in, and the seam (`Sink`) through which it goes on."""

from otel_lift.receivers.component import Receiver, ReceiverComponent
from otel_lift.receivers.sink import Request, Sink

__all__ = ["Receiver", "ReceiverComponent", "Request", "Sink"]

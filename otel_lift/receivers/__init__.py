"""Receivers: how telemetry comes in; `otel_lift.pipeline.Sink` is the seam through which it goes on."""

from otel_lift.receivers.component import Receiver, ReceiverComponent

__all__ = ["Receiver", "ReceiverComponent"]

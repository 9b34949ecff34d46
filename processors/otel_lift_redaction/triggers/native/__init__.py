"""Trigger bits in compiled code, of which the pure twin is the definition."""

from otel_lift_redaction.triggers.native.column import find

__all__ = ["find"]

"""A candidate configuration beside the live one: what it would change, told in counts and never in texts."""

from otel_lift_redaction.shadow.watch import Shadow

__all__ = ["Shadow"]

"""What redaction does to a sample: each finding, where it stands, and what it becomes."""

from otel_lift_redaction.explain.document import Sample, read
from otel_lift_redaction.explain.findings import Explained, Where, explain

__all__ = ["Explained", "Sample", "Where", "explain", "read"]

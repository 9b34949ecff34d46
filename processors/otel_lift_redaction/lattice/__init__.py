"""The decode lattice: personal data that stands in an encoded form is found, and redacted where it stands."""

from otel_lift_redaction.lattice.columns import ColumnScanner
from otel_lift_redaction.lattice.engine import ENCODED, Lattice, Limits
from otel_lift_redaction.lattice.found import Finding, applied
from otel_lift_redaction.lattice.suspects import Suspects

__all__ = ["ENCODED", "ColumnScanner", "Finding", "Lattice", "Limits", "Suspects", "applied"]

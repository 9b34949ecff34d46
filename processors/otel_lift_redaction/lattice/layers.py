"""The transparent layers, in the implementation that runs: `otel_lift_redaction.lattice.pure` describes them."""

from otel_lift_redaction.lattice.pure import decode, joined, spaced, suspects

__all__ = ["decode", "joined", "spaced", "suspects"]

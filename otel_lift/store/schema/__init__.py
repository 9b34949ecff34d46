"""The schema: which tables there are, the migrations that make them, and what a store has otherwise."""

from otel_lift.store.schema.apply import Difference, apply, diff, statements
from otel_lift.store.schema.model import SchemaOptions

__all__ = ["Difference", "SchemaOptions", "apply", "diff", "statements"]

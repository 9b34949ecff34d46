"""Canaries: made-up personal data that is sent through the whole gateway, and looked for in all that it keeps.

`watch` plants and looks again and again as a job, `rehearse` once, as an operation; both are named to `otel_lift.jobs`.
"""

from otel_lift.canaries.config import CanariesConfig

__all__ = ["CanariesConfig"]

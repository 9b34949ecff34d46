"""Maintenance: what the gateway does by itself so that what is stored stays small, right, and safe.

Each job stands in a module of its own; `declared` names them to `otel_lift.jobs`.
"""

from otel_lift.maintenance.config import MaintenanceConfig

__all__ = ["MaintenanceConfig"]

"""The paths of the API, a module for each concern; each answers an `APIRouter` over the running parts."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from otel_lift.api.routes import admin, basics, dashboards, errors, live, queries, subjects
from otel_lift.api.service import Parts

__all__ = ["ROUTES"]

ROUTES: Sequence[Callable[[Parts], APIRouter]] = (
    basics.routes,
    queries.routes,
    dashboards.routes,
    live.routes,
    errors.routes,
    subjects.routes,
    admin.routes,
)
"""All of them; those of `queries` come before what has a parameter in the same place."""

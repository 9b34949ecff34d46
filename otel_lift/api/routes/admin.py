"""Placeholder."""

from fastapi import APIRouter

from otel_lift.api.service import Parts


def routes(parts: Parts) -> APIRouter:
    return APIRouter()

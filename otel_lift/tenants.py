"""Tenants: whose telemetry it is. A receiver takes records for one, and each has a database of its own."""

from typing import Annotated

from pydantic import Field

__all__ = ["DEFAULT_TENANT", "TenantName"]

DEFAULT_TENANT = "default"
"""The tenant of a gateway that serves only one."""

TenantName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A tenant's name in a configuration: it becomes part of a database's name and of keyed hashes."""

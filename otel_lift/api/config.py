"""The settings of the query API, section `service.api`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_lift.endpoints import Endpoint, is_loopback, split_endpoint
from otel_lift.pipeline import ComponentConfig

__all__ = ["Algorithm", "AnonymityConfig", "ApiConfig", "ApiLimits", "AuthConfig", "ClaimsConfig"]

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures of RFC 7518 and RFC 8037 by a private key; those by a shared secret are left out on purpose."""


class ClaimsConfig(ComponentConfig):
    """Where a token says what. A dot leads into an object, unless a claim has the whole name."""

    user: str = Field(default="sub", min_length=1, description="Claim that names the user.")
    roles: str = Field(
        default="roles",
        min_length=1,
        description="Claim with the roles, a list or a text with blanks between them: `viewer`, `analyst`, `on-call`, "
        "`privacy-officer`, `admin`. Others are passed over.",
    )
    tenant: str = Field(
        default="tenant", min_length=1, description="Claim that names the tenant; without it, it is the default one."
    )


class AuthConfig(ComponentConfig):
    """Which tokens (JWT, RFC 7519) are believed."""

    issuer: str = Field(min_length=1, description="What `iss` must be.")
    audience: str = Field(min_length=1, description="What `aud` must be, or hold.")
    jwks_url: str | None = Field(
        default=None, description="Where the issuer publishes its keys: https, or http on this machine."
    )
    jwks_file: Path | None = Field(default=None, description="A file of the issuer's keys, in place of the URL.")
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "ES256", "EdDSA"), min_length=1, description="Signatures that are believed."
    )
    leeway: float = Field(
        default=30.0, ge=0, le=300, description="Seconds that the issuer's clock may differ from this one."
    )
    claims: ClaimsConfig = Field(default=ClaimsConfig(), description="Where a token says what.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise ValueError("should have either `jwks_url` or `jwks_file`")
        if self.jwks_url is not None:
            parts = urlsplit(self.jwks_url)
            local = parts.scheme == "http" and is_loopback(parts.hostname or "")
            if not parts.hostname or not (parts.scheme == "https" or local):
                raise ValueError("`jwks_url` should begin with https://, or with http:// on this machine")
        return self


class ApiLimits(ComponentConfig):
    """What one user, one question and all together may cost."""

    requests_per_hour: int = Field(
        default=1000, gt=0, description="Requests that a user may make in an hour; not counted where nobody signs in."
    )
    max_rows: int = Field(default=10_000, gt=0, description="Rows that an answer may have.")
    query_seconds: float = Field(default=10.0, gt=0, description="Seconds that a question may take.")
    memory_bytes: int = Field(default=1 << 30, ge=1 << 24, description="Memory (bytes) that a question may take.")
    concurrency: int = Field(default=4, ge=1, le=256, description="Questions that are answered at a time.")
    waiting: int = Field(default=64, ge=0, description="Questions that may wait for their turn.")
    body_bytes: int = Field(default=1 << 16, ge=1 << 10, description="Size (bytes) of a request's body.")
    reuse_seconds: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="Seconds for which an answer stands for the same question of a tenant, up to five times as long "
        "for windows over hours; 0 to ask each time.",
    )
    streams: int = Field(default=200, gt=0, description="Live streams at a time.")
    streams_per_user: int = Field(default=8, gt=0, description="Live streams of one user at a time.")


class AnonymityConfig(ComponentConfig):
    """How large a group must be to be shown to viewers and analysts."""

    k: int = Field(default=5, ge=1, description="Least number of people of a group that is shown; 1 shows every group.")


class ApiConfig(ComponentConfig):
    """The query API and the console."""

    endpoint: Endpoint = Field(
        default="127.0.0.1:4319",
        description="Address (`host:port`) of the API and the console. Without `auth` only this machine may reach it.",
    )
    auth: AuthConfig | None = Field(
        default=None,
        description="Which tokens are believed; without it everybody on this machine may see and do everything.",
    )
    limits: ApiLimits = Field(default=ApiLimits(), description="What questions may cost.")
    anonymity: AnonymityConfig = Field(default=AnonymityConfig(), description="How small groups are hidden.")
    console: bool = Field(default=True, description="Whether the web console is served at `/`.")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        host, _ = split_endpoint(self.endpoint)
        if self.auth is None and not is_loopback(host):
            raise ValueError(f"on {host} the API needs `auth`; without it the endpoint should be 127.0.0.1:4319")
        return self

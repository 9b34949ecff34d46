"""Tokens: who presents one that the issuer signed is the user whom it names."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt

from otel_lift.api.callers import EVERYBODY, Caller, known_roles
from otel_lift.api.config import AuthConfig
from otel_lift.api.errors import ApiError
from otel_lift.api.keys import IssuerKeys
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Everybody", "SignIn", "Tokens", "bearer", "unauthorised"]

_LONGEST = 8192  # characters of a token
_LONGEST_NAME = 256


class SignIn(Protocol):
    """How it is found out who asks."""

    open: bool

    async def caller(self, token: str | None) -> Caller:
        """Answer who presents a token; raises ApiError 401, always the same."""
        ...


class Everybody:
    """Nobody signs in: for an API that only this machine reaches."""

    open = True

    async def caller(self, token: str | None) -> Caller:  # noqa: ARG002 - the signature of `SignIn`
        """Answer the machine's own user."""
        return EVERYBODY


class Tokens:
    """Believes JWTs that the issuer signed for this audience, in their time; what is wrong with others stays unsaid."""

    open = False

    def __init__(self, config: AuthConfig, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; keys are fetched with the first token, and kept by `clock`, in seconds."""
        self._config = config
        self._keys = IssuerKeys(config, clock)

    async def caller(self, token: str | None) -> Caller:
        """Verify a token and answer the user whom it names."""
        if not token or len(token) > _LONGEST:
            raise unauthorised()
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise unauthorised() from error
        algorithm, name = header.get("alg"), header.get("kid")
        # First of all: with `none`, or a shared secret, the token would vouch for itself.
        if algorithm not in self._config.algorithms or not isinstance(name, str | None):
            raise unauthorised()
        key = self._keys.known(name) or await asyncio.to_thread(self._keys.find, name)
        if key is None:
            raise unauthorised()
        return self._caller(self._claims(token, key, algorithm))

    def _claims(self, token: str, key: jwt.PyJWK, algorithm: str) -> Mapping[str, Any]:
        config = self._config
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=config.audience,
                issuer=config.issuer,
                leeway=config.leeway,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise unauthorised() from error
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        names = self._config.claims
        user, roles, tenant = (_claim(claims, name) for name in (names.user, names.roles, names.tenant))
        if not isinstance(user, str) or not 0 < len(user) <= _LONGEST_NAME or not user.isprintable():
            raise unauthorised()
        if tenant is None:
            tenant = DEFAULT_TENANT
        if not isinstance(tenant, str):
            raise unauthorised()
        given = roles.split() if isinstance(roles, str) else roles if isinstance(roles, list) else []
        expires = float(claims["exp"])
        if not math.isfinite(expires):
            raise unauthorised()
        return Caller(user, known_roles([str(one) for one in given]), tenant, expires=expires + self._config.leeway)


def bearer(header: str | None) -> str | None:
    """Answer the token of an ``Authorization`` header, None if it has none."""
    kind, _, token = (header or "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def unauthorised() -> ApiError:
    """Answer the refusal of every token that is not believed, whatever is wrong with it."""
    return ApiError(
        401,
        "unauthorized",
        "sign in: send a valid token as `Authorization: Bearer <token>`",
        {"WWW-Authenticate": "Bearer"},
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value

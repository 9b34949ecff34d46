"""Who asks, and what their roles let them do."""

from collections.abc import Collection
from dataclasses import dataclass

from otel_lift.queries import Role
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["EVERYBODY", "Caller", "known_roles"]

_ORDER = (Role.VIEWER, Role.ANALYST, Role.ON_CALL, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a token, and the one tenant whose data they may see; `expires` is in Unix seconds.

    `open` is true where nobody signs in, and so everybody on this machine is one user.
    """

    user: str
    roles: frozenset[Role]
    tenant: str
    open: bool = False
    expires: float | None = None

    def may(self, role: Role) -> bool:
        """Whether what needs at least `role` is allowed.

        A privacy officer is a viewer beside; an administrator may do all.
        """
        if Role.ADMIN in self.roles:
            return True
        if role is Role.PRIVACY_OFFICER:
            return role in self.roles
        return any(_includes(own, role) for own in self.roles)

    @property
    def sees_small_groups(self) -> bool:
        """Whether answers show groups of fewer than k people: whoever is on call sees single people anyway."""
        return self.may(Role.ON_CALL)


def _includes(own: Role, role: Role) -> bool:
    rank = _ORDER.index(Role.VIEWER if own is Role.PRIVACY_OFFICER else own)
    return rank >= _ORDER.index(role)


def known_roles(names: Collection[str]) -> frozenset[Role]:
    """Answer the roles that are ours among names."""
    values = {role.value for role in Role}
    return frozenset(Role(name) for name in names if name in values)


EVERYBODY = Caller("local", frozenset({Role.ADMIN}), DEFAULT_TENANT, open=True)
"""Whoever asks where nobody signs in: the machine's own users, who could read the store's files as well."""

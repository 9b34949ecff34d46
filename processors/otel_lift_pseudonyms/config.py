"""What a user can say about pseudonyms."""

from typing import Self

from pydantic import Field, model_validator

from otel_lift.keys import KeysConfig
from otel_lift.pipeline import ComponentConfig
from otel_lift.semconv import BAGGAGE_PREFIX

__all__ = ["PseudonymsConfig"]


class PseudonymsConfig(ComponentConfig):
    """Configuration of the `pseudonyms` processor."""

    keys: KeysConfig | None = Field(
        default=None, description="Where the keys are; without it the gateway makes some in its data folder."
    )
    shared: bool = Field(
        default=False, description="Several gateways feed one store, so all need the same, given keys."
    )
    subjects: tuple[str, ...] = Field(
        default=(
            "user.id",
            "enduser.id",
            "user.email",
            "enduser.pseudo.id",
            "user.hash",
            "user.name",
            "user.full_name",
        ),
        description="Attributes that name a person; the first of them that a record has is its subject.",
    )
    sessions: tuple[str, ...] = Field(
        default=("session.id", "session.previous_id"), description="Attributes that name a session."
    )
    addresses: tuple[str, ...] = Field(
        default=(
            "client.address",
            "source.address",
            "network.peer.address",
            "net.peer.ip",
            "net.sock.peer.addr",
            "http.client_ip",
        ),
        description="Attributes that hold a network address of a person.",
    )
    baggage_prefixes: tuple[str, ...] = Field(
        default=(BAGGAGE_PREFIX,),
        description="What may stand before all these where W3C baggage was copied into attributes.",
    )
    relink: bool = Field(
        default=True,
        description="Relate the pseudonyms of one person under all remembered keys, in the store's memory only, for "
        "analyses across a rotation.",
    )
    cache_size: int = Field(default=65_536, ge=0, description="Distinct values whose pseudonyms are kept in memory.")

    @model_validator(mode="after")
    def _given_keys_where_shared(self) -> Self:
        if self.shared and self.keys is None:
            raise ValueError(
                "`shared: true` needs given keys, or each gateway would make its own and one person would become "
                "several: add `keys: {env: NAME}` or `keys: {file: PATH}`"
            )
        return self

    @model_validator(mode="after")
    def _one_kind_each(self) -> Self:
        listed = [*self.subjects, *self.sessions, *self.addresses]
        twice = sorted({key for key in listed if listed.count(key) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(twice)}; an attribute is a subject, a session or an address")
        return self

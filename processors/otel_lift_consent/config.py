"""What a user can say about consent."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from otel_lift.pipeline import ComponentConfig
from otel_lift.semconv import BAGGAGE_PREFIX, Consent

__all__ = ["Action", "ActionsConfig", "ConsentConfig", "EssentialConfig", "GpcConfig", "LedgerConfig"]

Action = Literal["drop", "anonymise", "keep"]


class ActionsConfig(ComponentConfig):
    """What becomes of a message whose category was denied. A span is never dropped: it stays as a skeleton."""

    essential: Action = Field(default="anonymise", description="Failures, security, and all that is no Lift event.")
    analytics: Action = Field(default="drop", description="What people do with the app.")
    personalization: Action = Field(default="drop", description="What makes the app fit one person.")
    marketing: Action = Field(default="drop", description="What sells.")


class EssentialConfig(ComponentConfig):
    """What an essential Lift event may keep of a person who did not agree to more."""

    pseudonym: Literal["none", "day"] = Field(
        default="none",
        description="`day` keeps a pseudonym that lives for a day, so that lockouts and struggling users can be found.",
    )


class GpcConfig(ComponentConfig):
    """What the header `Sec-GPC: 1` does beyond its own request, which it denies all but `essential`."""

    record: bool = Field(
        default=False,
        description="Write a withdrawal for each subject in such a request to the ledger, so that it holds on.",
    )


class LedgerConfig(ComponentConfig):
    """How the ledger is shared with other gateways, and how withdrawals act on what is stored."""

    follow_interval: float = Field(
        default=2.0,
        gt=0,
        le=5,
        description="Seconds between two syncs with the stores; a withdrawal reaches other gateways within twice that.",
    )
    purge_interval: float = Field(
        default=10.0, gt=0, description="Seconds between two looks for withdrawals that rows in the stores lag behind."
    )
    late: float = Field(
        default=60.0,
        ge=0,
        description="Seconds that a request which is taken in while a withdrawal becomes known needs at most to reach "
        "the spool; after them, and when the spool has been sent, the stores are looked through once more.",
    )


class ConsentConfig(ComponentConfig):
    """Configuration of the `consent` processor; its pipeline needs `pseudonyms` before it and `anonymise` after it."""

    default: Literal["denied", "granted"] = Field(
        default="denied", description="The answer for a person where no source has one."
    )
    actions: ActionsConfig = Field(default=ActionsConfig(), description="What is done on a denial, by category.")
    essential: EssentialConfig = Field(
        default=EssentialConfig(), description="What an anonymised essential event keeps of its person."
    )
    gpc: GpcConfig = Field(default=GpcConfig(), description="What the header `Sec-GPC` does.")
    ledger: LedgerConfig = Field(default=LedgerConfig(), description="The ledger, shared by all gateways.")
    categories: Mapping[str, Consent] = Field(
        default_factory=dict, description="Category by bare event name, over that of the semantic conventions."
    )
    unknown: Consent = Field(
        default=Consent.ANALYTICS, description="Category of Lift events that the semantic conventions do not know."
    )
    baggage_prefixes: tuple[str, ...] = Field(
        default=(BAGGAGE_PREFIX,),
        description="What may stand before `lift.consent` and `personal` where W3C baggage was copied into attributes.",
    )
    personal: tuple[str, ...] = Field(
        default=(
            "app.installation.id",
            "client.address",
            "device.id",
            "enduser.id",
            "enduser.pseudo.id",
            "feature_flag.context.id",
            "geo.location.lat",
            "geo.location.lon",
            "geo.postal_code",
            "http.client_ip",
            "session.id",
            "session.previous_id",
            "source.address",
            "user.email",
            "user.full_name",
            "user.hash",
            "user.id",
            "user.name",
        ),
        description="Attributes that make a message one about a person, beside a subject.",
    )
    peers: tuple[str, ...] = Field(
        default=("net.peer.ip", "net.sock.peer.addr", "network.peer.address"),
        description="Addresses of the other end: personal unless the span is of kind client or producer.",
    )

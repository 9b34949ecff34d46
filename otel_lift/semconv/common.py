"""`LiftEvent`: what every event has (events.md, "Common to every event")."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from otel_lift.semconv.declare import Attr, EventSpec, Privacy, Severity

__all__ = ["EventSeverity", "LiftEvent"]

EventSeverity = Annotated[Severity, Attr("lift.severity", "How much it hurts the user.", column="severity")]


class LiftEvent(BaseModel):
    """Base of all events. Frozen; unknown fields are refused; errors never show a value.

    The gateway's receive time stands beside the event's own time in storage, and `event_id` is made where none is
    given. A field of a subclass without a default is required.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    spec: ClassVar[EventSpec]

    event_id: Annotated[
        UUID, Attr("lift.event_id", "Unique id of the event; equal ids are one event.", column="event_id")
    ] = Field(default_factory=uuid4)
    session_id: (
        Annotated[str, Attr("session.id", "The user's session.", Privacy.PSEUDONYM, column="session_id")] | None
    ) = None
    user_id: (
        Annotated[str, Attr("user.id", "The user; never stored as sent, becomes the subject.", Privacy.PERSONAL)] | None
    ) = None
    user_type: (
        Annotated[
            str,
            Attr(
                "lift.user_type",
                "The user's segment.",
                column="user_type",
                values=("anonymous", "trial", "subscribed", "school", "social"),
            ),
        ]
        | None
    ) = None
    severity: EventSeverity | None = None
    consent_essential: (
        Annotated[bool, Attr("lift.consent.essential", "Whether the user agreed to essential processing.")] | None
    ) = None
    consent_analytics: (
        Annotated[bool, Attr("lift.consent.analytics", "Whether the user agreed to analytics.")] | None
    ) = None
    consent_personalization: (
        Annotated[bool, Attr("lift.consent.personalization", "Whether the user agreed to personalization.")] | None
    ) = None
    consent_marketing: (
        Annotated[bool, Attr("lift.consent.marketing", "Whether the user agreed to marketing.")] | None
    ) = None
    device_type: (
        Annotated[
            Literal["mobile", "tablet", "desktop"], Attr("lift.device_type", "Kind of device.", column="device_type")
        ]
        | None
    ) = None
    platform: (
        Annotated[Literal["ios", "android", "web"], Attr("lift.platform", "Platform of the app.", column="platform")]
        | None
    ) = None
    app_version: Annotated[str, Attr("service.version", "Version of the app.", column="app_version")] | None = None
    locale: (
        Annotated[str, Attr("lift.locale", "The user's locale, as BCP 47.", Privacy.PERSONAL, column="locale")] | None
    ) = None
    time_zone: (
        Annotated[str, Attr("lift.time_zone", "The user's time zone, an IANA name.", Privacy.PERSONAL)] | None
    ) = None
    environment: (
        Annotated[str, Attr("deployment.environment.name", "Where the app runs.", column="environment")] | None
    ) = None

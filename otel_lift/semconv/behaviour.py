"""Behaviour: what users do with the app."""

from typing import Annotated, ClassVar, Literal

from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority, Privacy
from otel_lift.semconv.fields import Count, DurationMilliseconds, DurationSeconds, Feature, Measure, Status

__all__ = [
    "BackgroundJob",
    "FeatureUsed",
    "FormInteraction",
    "Navigation",
    "SessionMetric",
    "TrialConversion",
    "UserConsentUpdate",
    "UserLogin",
    "UserProfileUpdate",
    "UserSignup",
]

_LENGTHS = (0, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)


def _spec(name: str) -> EventSpec:
    return EventSpec(name, Group.BEHAVIOUR, Priority.LOW, Consent.ANALYTICS)


class FeatureUsed(LiftEvent):
    """A user used a feature."""

    spec: ClassVar = _spec("feature_used")

    feature: Feature
    action: Annotated[
        Literal["create", "edit", "delete", "view", "export"],
        Attr("lift.action", "What was done with it.", column="action"),
    ]
    duration: DurationSeconds | None = None
    document_length: (
        Annotated[Count, Attr("lift.document_length", "Length, rounded down.", unit="{char}", buckets=_LENGTHS)] | None
    ) = None


class TrialConversion(LiftEvent):
    """A trial ended."""

    spec: ClassVar = _spec("trial_conversion")

    trial_type: Annotated[Literal["school", "social"], Attr("lift.trial_type", "Kind of trial.", column="trial_type")]
    days_used: Annotated[Count, Attr("lift.days_used", "Days of use.", unit="d", column="days_used")] | None = None
    features_used: (
        Annotated[tuple[str, ...], Attr("lift.features_used", "Features that were used in the trial.")] | None
    ) = None
    converted: Annotated[bool, Attr("lift.converted", "The user subscribed.", column="converted")]


class SessionMetric(LiftEvent):
    """A session ended."""

    spec: ClassVar = _spec("session_metric")

    session_duration: Annotated[
        Measure, Attr("lift.session_duration", "How long it lasted.", unit="s", column="duration_ms")
    ]
    pages_visited: Annotated[Count, Attr("lift.pages_visited", "Pages visited.", column="pages_visited")] | None = None
    features_accessed: Annotated[tuple[str, ...], Attr("lift.features_accessed", "Features that were used.")] | None = (
        None
    )
    api_calls: Annotated[Count, Attr("lift.api_calls", "Requests made.", column="api_calls")] | None = None
    errors_encountered: (
        Annotated[Count, Attr("lift.errors_encountered", "Errors met.", column="errors_encountered")] | None
    ) = None


class UserSignup(LiftEvent):
    """A user signed up."""

    spec: ClassVar = _spec("user_signup")


class UserLogin(LiftEvent):
    """A user signed in."""

    spec: ClassVar = _spec("user_login")


class UserProfileUpdate(LiftEvent):
    """A user changed their profile."""

    spec: ClassVar = _spec("user_profile_update")


class Navigation(LiftEvent):
    """A user went from one page to another."""

    spec: ClassVar = _spec("navigation")

    from_page: (
        Annotated[str, Attr("lift.from_page", "Name or route template of the page before.", column="from_page")] | None
    ) = None
    to_page: Annotated[str, Attr("lift.to_page", "Name or route template of the page after.", column="page")]


class FormInteraction(LiftEvent):
    """A user did something with a form."""

    spec: ClassVar = _spec("form_interaction")

    form: Annotated[str, Attr("lift.form", "The form.", column="form")]
    field: Annotated[str, Attr("lift.field", "Name of the form's field, never its value.")] | None = None
    kind: Annotated[
        str,
        Attr("lift.kind", "What was done.", column="action", values=("focus", "change", "submit", "abandon")),
    ]


class BackgroundJob(LiftEvent):
    """A job without a user ended or changed its state."""

    spec: ClassVar = EventSpec("background_job", Group.BEHAVIOUR, Priority.LOW, Consent.ESSENTIAL)

    job: Annotated[str, Attr("lift.job", "Name of the job.", column="job")]
    status: Status
    duration: DurationMilliseconds | None = None


class UserConsentUpdate(LiftEvent):
    """A user granted or withdrew consent; each category stands in its own `lift.consent.<category>`."""

    spec: ClassVar = EventSpec("user_consent_update", Group.BEHAVIOUR, Priority.HIGH, Consent.ESSENTIAL)

    source: (
        Annotated[
            str, Attr("lift.source", "Where the user decided.", column="source", values=("banner", "settings", "api"))
        ]
        | None
    ) = None
    purpose: (
        Annotated[str, Attr("lift.consent.purpose", "What the data may be used for, in the app's own words.")] | None
    ) = None
    proof: (
        Annotated[
            str,
            Attr("lift.consent.proof", "What shows the decision, e.g. the id of a form.", Privacy.PSEUDONYM),
        ]
        | None
    ) = None

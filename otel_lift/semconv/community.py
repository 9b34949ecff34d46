"""Behaviour in the community: activation, micro-acts, posts and waves."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority, Privacy
from otel_lift.semconv.fields import Count

__all__ = [
    "ActivationAffirmationSelected",
    "ActivationBreathworkCompleted",
    "ActivationCompleted",
    "ActivationMoodLogged",
    "ActivationRoundCompleted",
    "ActivationStarted",
    "MicroactCategorySelected",
    "MicroactCreated",
    "MicroactShared",
    "MicroactUpdated",
    "PostCommented",
    "PostCreated",
    "PostLiked",
    "PostShared",
    "UserFollowed",
    "WaveFeedbackSubmitted",
    "WaveInteraction",
    "WaveJoined",
    "WaveLeft",
    "WaveMicroactShared",
    "WaveRegistered",
]

Category = Annotated[str, Attr("lift.category", "Category of the micro-act.", column="microact_category")]
WaveId = Annotated[str, Attr("lift.wave_id", "The wave.", Privacy.PSEUDONYM, column="wave_id")]


def _spec(name: str) -> EventSpec:
    return EventSpec(name, Group.BEHAVIOUR, Priority.LOW, Consent.ANALYTICS)


class ActivationStarted(LiftEvent):
    """A user began an activation."""

    spec: ClassVar = _spec("activation_started")


class ActivationRoundCompleted(LiftEvent):
    """A user completed one round of an activation."""

    spec: ClassVar = _spec("activation_round_completed")

    round: Annotated[int, Field(ge=1, le=8), Attr("lift.round", "The round, from 1 to 8.", column="round")]


class ActivationAffirmationSelected(LiftEvent):
    """A user chose an affirmation."""

    spec: ClassVar = _spec("activation_affirmation_selected")


class ActivationMoodLogged(LiftEvent):
    """A user logged their mood."""

    spec: ClassVar = _spec("activation_mood_logged")

    phase: Annotated[
        Literal["start", "end"], Attr("lift.phase", "When in the activation it was logged.", column="phase")
    ]
    mood: Annotated[
        int,
        Field(ge=0, le=100),
        Attr("lift.mood", "The mood, from 0 to 100.", Privacy.PERSONAL, column="mood"),
    ]


class ActivationBreathworkCompleted(LiftEvent):
    """A user completed the breathwork."""

    spec: ClassVar = _spec("activation_breathwork_completed")


class ActivationCompleted(LiftEvent):
    """A user completed an activation."""

    spec: ClassVar = _spec("activation_completed")


class MicroactCreated(LiftEvent):
    """A user created a micro-act."""

    spec: ClassVar = _spec("microact_created")

    category: Category | None = None


class MicroactUpdated(LiftEvent):
    """A user changed a micro-act."""

    spec: ClassVar = _spec("microact_updated")

    category: Category | None = None


class MicroactShared(LiftEvent):
    """A user shared a micro-act."""

    spec: ClassVar = _spec("microact_shared")

    category: Category | None = None


class MicroactCategorySelected(LiftEvent):
    """A user chose a category of micro-acts."""

    spec: ClassVar = _spec("microact_category_selected")

    category: Category


class PostCreated(LiftEvent):
    """A user wrote a post."""

    spec: ClassVar = _spec("post_created")


class PostLiked(LiftEvent):
    """A user liked a post."""

    spec: ClassVar = _spec("post_liked")


class PostCommented(LiftEvent):
    """A user commented on a post."""

    spec: ClassVar = _spec("post_commented")


class PostShared(LiftEvent):
    """A user shared a post."""

    spec: ClassVar = _spec("post_shared")


class UserFollowed(LiftEvent):
    """A user followed another."""

    spec: ClassVar = _spec("user_followed")


class WaveRegistered(LiftEvent):
    """A user registered for a wave."""

    spec: ClassVar = _spec("wave_registered")

    wave_id: WaveId | None = None


class WaveJoined(LiftEvent):
    """A user joined a wave."""

    spec: ClassVar = _spec("wave_joined")

    wave_id: WaveId | None = None


class WaveLeft(LiftEvent):
    """A user left a wave."""

    spec: ClassVar = _spec("wave_left")

    wave_id: WaveId | None = None


class WaveInteraction(LiftEvent):
    """A user took part in a wave."""

    spec: ClassVar = _spec("wave_interaction")

    wave_id: WaveId | None = None


class WaveMicroactShared(LiftEvent):
    """A user shared a micro-act in a wave."""

    spec: ClassVar = _spec("wave_microact_shared")

    wave_id: WaveId | None = None


class WaveFeedbackSubmitted(LiftEvent):
    """A user rated a wave."""

    spec: ClassVar = _spec("wave_feedback_submitted")

    wave_id: WaveId | None = None
    rating: Annotated[Count, Attr("lift.rating", "The rating.", column="rating")] | None = None

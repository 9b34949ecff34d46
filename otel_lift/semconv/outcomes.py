"""Interactions and outcomes: what came of the use of the app."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority, Privacy
from otel_lift.semconv.fields import (
    ClientAddress,
    Count,
    DurationSeconds,
    Measure,
    Method,
    ResponseTime,
    Status,
    StatusCode,
    UserAgent,
)

__all__ = [
    "AiInteraction",
    "DemoBooking",
    "ExperimentExposure",
    "FlowCompletion",
    "Interaction",
    "MessageConsistency",
    "PartnerMatch",
    "PowerConfidenceUpdate",
]


def _spec(name: str) -> EventSpec:
    return EventSpec(name, Group.OUTCOMES, Priority.LOW, Consent.ANALYTICS)


class Interaction(LiftEvent):
    """A request that a user's doing caused."""

    spec: ClassVar = _spec("interaction")

    interaction_id: Annotated[str, Attr("lift.interaction_id", "Id of the interaction.", Privacy.PSEUDONYM)] | None = (
        None
    )
    interaction_type: Annotated[
        str, Attr("lift.interaction_type", "Kind of interaction, as a short code.", column="interaction_type")
    ]
    method: Method | None = None
    path: Annotated[str, Attr("url.path", "Path of the request.", Privacy.PERSONAL, limit=1024)] | None = None
    status: StatusCode | None = None
    response_time: ResponseTime | None = None
    client_address: ClientAddress | None = None
    user_agent: UserAgent | None = None


class PartnerMatch(LiftEvent):
    """A partner was proposed to the user."""

    spec: ClassVar = _spec("partner_match")

    partner: Annotated[str, Attr("lift.partner", "The partner.", Privacy.PERSONAL)] | None = None
    score: Annotated[float, Attr("lift.score", "How well they match.", column="score")] | None = None
    accepted: Annotated[bool, Attr("lift.accepted", "The user accepted.", column="accepted")] | None = None


class DemoBooking(LiftEvent):
    """A demo was booked, moved or cancelled."""

    spec: ClassVar = _spec("demo_booking")

    partner: Annotated[str, Attr("lift.partner", "The partner.", Privacy.PERSONAL)] | None = None
    status: Status


class FlowCompletion(LiftEvent):
    """A user ended a flow, at its end or before."""

    spec: ClassVar = _spec("flow_completion")

    flow: Annotated[str, Attr("lift.flow", "The flow.", column="flow")]
    step: Annotated[str, Attr("lift.step", "The last step that was reached.", column="step")] | None = None
    completed: Annotated[bool, Attr("lift.completed", "The flow was completed.", column="completed")]
    duration: DurationSeconds | None = None


class PowerConfidenceUpdate(LiftEvent):
    """A person's confidence was scored again; the subject is the event's user."""

    spec: ClassVar = _spec("power_confidence_update")

    score_before: Annotated[float, Attr("lift.score_before", "Score before.", column="score_before")] | None = None
    score_after: Annotated[float, Attr("lift.score_after", "Score after.", column="score")]
    stakeholder: (
        Annotated[
            Literal["employee", "customer_reference", "demo"],
            Attr("lift.stakeholder", "Who scored.", column="stakeholder"),
        ]
        | None
    ) = None


class AiInteraction(LiftEvent):
    """An AI model answered a user."""

    spec: ClassVar = _spec("ai_interaction")

    conversation_id: (
        Annotated[
            str,
            Attr("gen_ai.conversation.id", "The conversation.", Privacy.PSEUDONYM, column="conversation_id"),
        ]
        | None
    ) = None
    model: Annotated[str, Attr("gen_ai.request.model", "The model.", column="ai_model")]
    provider: (
        Annotated[
            str,
            Attr("gen_ai.provider.name", "Who served the model.", column="ai_provider", values=("openai", "anthropic")),
        ]
        | None
    ) = None
    input_tokens: (
        Annotated[Count, Attr("gen_ai.usage.input_tokens", "Tokens sent.", unit="{token}", column="input_tokens")]
        | None
    ) = None
    output_tokens: (
        Annotated[Count, Attr("gen_ai.usage.output_tokens", "Tokens answered.", unit="{token}", column="output_tokens")]
        | None
    ) = None
    cost: Annotated[Measure, Attr("lift.cost", "What it cost.", unit="USD", column="cost_usd")] | None = None
    latency: (
        Annotated[Measure, Attr("lift.latency", "Time until the answer.", unit="ms", column="duration_ms")] | None
    ) = None
    helpful: Annotated[bool, Attr("lift.helpful", "The user found it helpful.", column="helpful")] | None = None


class MessageConsistency(LiftEvent):
    """Messages about one subject, the event's user, were compared."""

    spec: ClassVar = _spec("message_consistency")

    score: Annotated[
        float, Field(ge=0, le=1), Attr("lift.score", "How well the sources agree, from 0 to 1.", column="score")
    ]
    sources_compared: (
        Annotated[tuple[str, ...], Attr("lift.sources_compared", "The sources that were compared.")] | None
    ) = None


class ExperimentExposure(LiftEvent):
    """A user was shown a variant of an experiment."""

    spec: ClassVar = _spec("experiment_exposure")

    experiment: Annotated[str, Attr("feature_flag.key", "The experiment.", column="experiment")]
    variant: Annotated[str, Attr("feature_flag.result.variant", "The variant.", column="variant")]

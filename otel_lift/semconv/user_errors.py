"""Failures as a user meets them: `user_error`, with what it did to the user and how it ended."""

from typing import Annotated, ClassVar, Literal

from otel_lift.semconv.common import EventSeverity, LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Privacy
from otel_lift.semconv.fields import Action, Code, Count, Message, Page

__all__ = ["UserError"]


class UserError(LiftEvent):
    """An error that a user saw or that stopped a user; its priority is its severity."""

    spec: ClassVar = EventSpec("user_error", Group.FAILURES, None, Consent.ESSENTIAL)

    type: Annotated[
        Literal["validation", "permission", "timeout", "network", "workflow", "react", "unknown"],
        Attr("error.type", "Kind of error.", column="error_type"),
    ]
    severity: EventSeverity | None = "medium"
    code: Code | None = None
    message: Message | None = None
    user_message: (
        Annotated[str, Attr("lift.user_message", "What the user was told.", Privacy.PERSONAL, limit=1024)] | None
    ) = None
    technical: (
        Annotated[str, Attr("lift.technical", "Details for developers.", Privacy.PERSONAL, limit=4096)] | None
    ) = None
    page: Page | None = None
    action: Action | None = None
    workflow_id: (
        Annotated[str, Attr("lift.workflow_id", "The workflow's run.", Privacy.PSEUDONYM, column="workflow_id")] | None
    ) = None
    agent_id: Annotated[str, Attr("gen_ai.agent.id", "The AI agent.", column="agent_id")] | None = None
    input_data: (
        Annotated[str, Attr("lift.input_data", "What the user had entered, as JSON.", Privacy.PERSONAL, limit=2048)]
        | None
    ) = None
    previous_errors: (
        Annotated[
            tuple[str, ...], Attr("lift.previous_errors", "Messages of the errors before this one.", Privacy.PERSONAL)
        ]
        | None
    ) = None
    user_blocked: (
        Annotated[bool, Attr("lift.user_blocked", "The user could not go on.", column="user_blocked")] | None
    ) = None
    workflow_failed: (
        Annotated[bool, Attr("lift.workflow_failed", "The workflow ended here.", column="workflow_failed")] | None
    ) = None
    data_loss: Annotated[bool, Attr("lift.data_loss", "The user lost work.", column="data_loss")] | None = None
    recovery_attempted: (
        Annotated[bool, Attr("lift.recovery.attempted", "The app tried to recover.", column="recovery_attempted")]
        | None
    ) = None
    recovery_successful: (
        Annotated[bool, Attr("lift.recovery.successful", "The app recovered.", column="recovery_successful")] | None
    ) = None
    recovery_method: (
        Annotated[str, Attr("lift.recovery.method", "How it tried, as a short code.", column="recovery_method")] | None
    ) = None
    recovery_user_action: (
        Annotated[str, Attr("lift.recovery.user_action", "What the user did then, as a short code.")] | None
    ) = None
    recovery_retry_attempt: (
        Annotated[Count, Attr("lift.recovery.retry_attempt", "Which retry this was.", column="retry_count")] | None
    ) = None

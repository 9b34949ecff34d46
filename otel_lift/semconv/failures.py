"""Failures: what went wrong for the app or its user."""

from typing import Annotated, ClassVar, Literal

from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority, Privacy
from otel_lift.semconv.fields import (
    AiProvider,
    ClientAddress,
    Count,
    DurationMilliseconds,
    Endpoint,
    Fallback,
    Measure,
    Message,
    Method,
    ResponseTime,
    RetryCount,
    Stack,
    StatusCode,
    UserAgent,
)

__all__ = [
    "AiFailure",
    "ApiError",
    "ApiTimeout",
    "AuthError",
    "AuthSystemFailure",
    "CascadeFailureDetected",
    "ClientError",
    "DataConsistencyError",
    "DbError",
    "DbPoolError",
    "NotificationFailure",
    "PaymentError",
    "RateLimited",
    "SecurityIncidentLockout",
    "SessionStabilizationFailure",
    "StripeCheckoutError",
]

_AMOUNTS = (0, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)

Attempts = Annotated[Count, Attr("lift.attempts", "How often it was tried.", column="attempts")]


def _spec(name: str, priority: Priority) -> EventSpec:
    return EventSpec(name, Group.FAILURES, priority, Consent.ESSENTIAL)


class AuthError(LiftEvent):
    """A sign-in failed."""

    spec: ClassVar = _spec("auth_error", Priority.MEDIUM)

    error_type: Annotated[
        Literal["password_mismatch", "invalid_email", "account_not_found", "lockout", "session_expired"],
        Attr("error.type", "Why the sign-in failed.", column="error_type"),
    ]
    client_address: ClientAddress | None = None
    retry_count: RetryCount | None = None
    time_to_resolution: (
        Annotated[Measure, Attr("lift.time_to_resolution", "Time until the user was in.", unit="s")] | None
    ) = None


class ApiError(LiftEvent):
    """A request to the app's API failed."""

    spec: ClassVar = _spec("api_error", Priority.HIGH)

    endpoint: Endpoint
    method: Method | None = None
    status_code: StatusCode | None = None
    message: Message | None = None
    response_time: ResponseTime | None = None
    ai_provider: AiProvider | None = None


class ApiTimeout(LiftEvent):
    """A request to the app's API took too long."""

    spec: ClassVar = _spec("api_timeout", Priority.HIGH)

    endpoint: Endpoint
    duration: DurationMilliseconds
    fallback_used: Fallback | None = None
    retry_count: RetryCount | None = None


class AiFailure(LiftEvent):
    """An AI feature could not answer."""

    spec: ClassVar = _spec("ai_failure", Priority.MEDIUM)

    feature: Annotated[
        Literal["career", "cover_letter", "summary", "flashcard"],
        Attr("lift.feature", "The AI feature.", column="feature"),
    ]
    ai_provider: AiProvider | None = None
    reason: Annotated[
        Literal["timeout", "invalid_api_key", "rate_limit", "parsing_error"],
        Attr("lift.reason", "Why it failed.", column="reason"),
    ]
    fallback_used: Fallback | None = None
    execution_time: (
        Annotated[Measure, Attr("lift.execution_time", "Time until it was given up.", unit="ms", column="duration_ms")]
        | None
    ) = None


class DbError(LiftEvent):
    """A database statement failed."""

    spec: ClassVar = _spec("db_error", Priority.HIGH)

    query_type: Annotated[
        Literal["SELECT", "INSERT", "UPDATE", "DELETE"],
        Attr("db.operation.name", "The statement's verb.", column="db_operation"),
    ]
    table: Annotated[str, Attr("db.collection.name", "The table.", column="db_table")] | None = None
    message: Message | None = None
    connection_pool_size: (
        Annotated[Count, Attr("lift.connection_pool_size", "Connections of the pool.", unit="{connection}")] | None
    ) = None
    query_time: (
        Annotated[Measure, Attr("lift.query_time", "Time until it failed.", unit="ms", column="duration_ms")] | None
    ) = None


class DbPoolError(LiftEvent):
    """No database connection could be had."""

    spec: ClassVar = _spec("db_pool_error", Priority.CRITICAL)

    message: Message | None = None


class AuthSystemFailure(LiftEvent):
    """Nobody can sign in."""

    spec: ClassVar = _spec("auth_system_failure", Priority.CRITICAL)

    message: Message | None = None


class PaymentError(LiftEvent):
    """A payment failed."""

    spec: ClassVar = _spec("payment_error", Priority.CRITICAL)

    error_type: Annotated[
        Literal["invalid_card", "insufficient_funds", "declined", "webhook_failure"],
        Attr("error.type", "Why the payment failed.", column="error_type"),
    ]
    stripe_error_code: (
        Annotated[str, Attr("lift.stripe_error_code", "Stripe's code for the error.", column="error_code")] | None
    ) = None
    amount: (
        Annotated[
            Count,
            Attr("lift.amount", "The amount, as a bucket.", Privacy.PSEUDONYM, unit="{cent}", buckets=_AMOUNTS),
        ]
        | None
    ) = None
    payment_method: (
        Annotated[Literal["card", "bank_transfer"], Attr("lift.payment_method", "How it was to be paid.")] | None
    ) = None


class StripeCheckoutError(LiftEvent):
    """The checkout could not be opened or finished."""

    spec: ClassVar = _spec("stripe_checkout_error", Priority.CRITICAL)

    message: Message | None = None


class CascadeFailureDetected(LiftEvent):
    """Several endpoints fail together; made by the gateway."""

    spec: ClassVar = _spec("cascade_failure_detected", Priority.CRITICAL)

    endpoints: Annotated[tuple[str, ...], Attr("lift.endpoints", "Route templates of the failing endpoints.")]
    window: Annotated[Measure, Attr("lift.window", "Time within which they failed.", unit="s")]


class SecurityIncidentLockout(LiftEvent):
    """Too many failed sign-ins by one subject or address; made by the gateway."""

    spec: ClassVar = _spec("security_incident_lockout", Priority.CRITICAL)

    subject: Annotated[str, Attr("lift.subject", "Pseudonym of the person.", Privacy.PSEUDONYM)] | None = None
    client_address: ClientAddress | None = None
    attempts: Attempts


class SessionStabilizationFailure(LiftEvent):
    """A session could not be restored."""

    spec: ClassVar = _spec("session_stabilization_failure", Priority.MEDIUM)

    attempts: Attempts
    reason: Annotated[str, Attr("lift.reason", "Why, as a short code.", column="reason")]


class RateLimited(LiftEvent):
    """A request was refused because its sender made too many."""

    spec: ClassVar = _spec("rate_limited", Priority.MEDIUM)

    endpoint: Endpoint
    client_address: ClientAddress | None = None
    limit: Annotated[Count, Attr("lift.limit", "Requests allowed in the limit's window.")] | None = None


class NotificationFailure(LiftEvent):
    """A notification did not reach its provider."""

    spec: ClassVar = _spec("notification_failure", Priority.MEDIUM)

    channel: Annotated[
        str, Attr("lift.channel", "The way it was sent.", column="channel", values=("email", "push", "sms"))
    ]
    provider: Annotated[str, Attr("lift.provider", "Who was to send it.", column="provider")] | None = None
    message: Message | None = None


class DataConsistencyError(LiftEvent):
    """Stored data contradict each other."""

    spec: ClassVar = _spec("data_consistency_error", Priority.MEDIUM)

    entity: Annotated[str, Attr("lift.entity", "Kind of thing that is inconsistent.", column="entity")]
    expected: Annotated[str, Attr("lift.expected", "What should be there.", Privacy.PERSONAL, limit=1024)] | None = None
    actual: Annotated[str, Attr("lift.actual", "What is there.", Privacy.PERSONAL, limit=1024)] | None = None


class ClientError(LiftEvent):
    """An error in the browser or the phone app; one with the message `CANCELLED` is never sent."""

    spec: ClassVar = _spec("client_error", Priority.HIGH)

    message: Message | None = None
    stack: Stack | None = None
    component_stack: (
        Annotated[
            str, Attr("lift.component_stack", "Stack of user interface components.", Privacy.PERSONAL, limit=8192)
        ]
        | None
    ) = None
    context: (
        Annotated[str, Attr("lift.context", "Where in the app it happened.", Privacy.PERSONAL, limit=2048)] | None
    ) = None
    user_agent: UserAgent | None = None

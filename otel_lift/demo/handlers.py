"""What the app does by route. Each handler answers an HTTP status and sends the telemetry that goes with it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from otel_lift.demo.request import Request
from otel_lift.demo.telemetry import Telemetry
from otel_lift.semconv import (
    AiFailure,
    AiInteraction,
    ApiError,
    ApiResponseTime,
    ApiTimeout,
    AuthError,
    ClientError,
    DbError,
    FeatureUsed,
    FlowCompletion,
    Navigation,
    NotificationFailure,
    PaymentError,
    StripeCheckoutError,
    UserConsentUpdate,
    UserError,
    UserLogin,
)

__all__ = ["ROUTES"]

Handler = Callable[[Telemetry, Request, Span], Awaitable[int]]
PaymentFailure = Literal["invalid_card", "insufficient_funds", "declined", "webhook_failure"]

_LOCKOUT = 5
_LONG_NOTE = 10_000
_SLOW = 1.1
_AI_PATIENCE = 0.8
"""Seconds that a long note takes to load, and that the app waits for the AI."""


async def _page(telemetry: Telemetry, request: Request, _: Span) -> int:
    await asyncio.sleep(0.01)
    telemetry.emit(Navigation(to_page=request.query.get("page", "/")), request.attributes)
    return 200


async def _sign_in(telemetry: Telemetry, request: Request, _: Span) -> int:
    email, attempt = request.body["email"], request.body["attempt"]
    with telemetry.tracer.start_as_current_span("SELECT accounts", kind=SpanKind.CLIENT):
        await asyncio.sleep(0.02)
    outcome = "signed in" if request.body["correct"] else "refused"
    telemetry.sign_ins.add(1, {"outcome": outcome, "user.email": email, **request.attributes})
    if request.body["correct"]:
        telemetry.emit(UserLogin(), request.attributes)
        return 200
    locked = attempt >= _LOCKOUT
    telemetry.emit(
        AuthError(
            error_type="lockout" if locked else "password_mismatch",
            client_address=request.address,
            retry_count=attempt - 1,
        ),
        request.attributes,
        failed=True,
    )
    telemetry.log(
        f"sign-in {attempt} of {email} from {request.address} failed, password={request.body['password']}",
        {**request.attributes, "client.address": request.address},
    )
    return 423 if locked else 401


async def _read_note(telemetry: Telemetry, request: Request, span: Span) -> int:
    slow = int(request.query.get("characters", "0")) > _LONG_NOTE
    seconds = _SLOW if slow else 0.02
    with telemetry.tracer.start_as_current_span("SELECT notes", kind=SpanKind.CLIENT) as query:
        query.set_attributes({"db.operation.name": "SELECT", "db.collection.name": "notes"})
        await asyncio.sleep(seconds)
        if slow:
            message = f"canceling statement: client {request.address} waited too long"
            telemetry.add(query, DbError(query_type="SELECT", table="notes", message=message, query_time=seconds * 1e3))
    telemetry.add(span, FeatureUsed(feature="notes", action="view"))
    telemetry.mark(span, ApiResponseTime(endpoint=request.route, response_time=seconds * 1e3, cache_hit=not slow))
    return 200


async def _write_note(telemetry: Telemetry, request: Request, span: Span) -> int:
    body = request.body
    event = FeatureUsed(feature="notes", action="edit", duration=body["seconds"], document_length=body["characters"])
    telemetry.mark(span, event)
    return 200


async def _shared_note(telemetry: Telemetry, request: Request, span: Span) -> int:
    message = f"token {request.query['token']} of {request.query['with']} has expired"
    telemetry.mark(
        span,
        ApiError(endpoint=request.route, method=request.method, status_code=403, message=message, response_time=12),
    )
    span.set_status(Status(StatusCode.ERROR, message))
    return 403


async def _career(telemetry: Telemetry, request: Request, _: Span) -> int:
    difficulty = request.body["difficulty"]
    with telemetry.tracer.start_as_current_span("chat career", kind=SpanKind.CLIENT) as call:
        call.set_attributes({"gen_ai.provider.name": "openai", "gen_ai.prompt": request.body["prompt"]})
        if difficulty < 5:
            await asyncio.sleep(0.1)
            event = AiInteraction(model="gpt-test", provider="openai", input_tokens=180, output_tokens=420, latency=100)
            telemetry.emit(event, request.attributes)
            return 200
        await asyncio.sleep(_AI_PATIENCE)
        waited = _AI_PATIENCE * 1e3
        timeout = ApiTimeout(endpoint=request.route, duration=waited, fallback_used="template", retry_count=1)
        telemetry.mark(call, timeout)
        failure = AiFailure(
            feature="career",
            ai_provider="openai",
            reason="timeout" if difficulty < 8 else "rate_limit",
            fallback_used="template",
            execution_time=waited,
        )
        telemetry.add(call, failure)
        call.record_exception(TimeoutError(f"no answer to '{request.body['prompt']}' ({request.authorization})"))
    return 200


async def _check_out(telemetry: Telemetry, request: Request, span: Span) -> int:
    outcome = _BANK.get(request.body["bank"])
    telemetry.payments.record(request.body["amount"], {"paid_with": f"card {request.body['card']}"})
    if outcome is None:
        telemetry.emit(FlowCompletion(flow="checkout", step="paid", completed=True), request.attributes)
        return 200
    kind, code = outcome
    card = request.body["card"]
    payment = PaymentError(
        error_type=kind, stripe_error_code=code, amount=request.body["amount"], payment_method="card"
    )
    telemetry.emit(payment, request.attributes, failed=True)
    spaced = " ".join(card[start : start + 4] for start in range(0, len(card), 4))
    telemetry.add(span, StripeCheckoutError(message=f"charge of card {card} failed: {code} ({spaced})"))
    undelivered = NotificationFailure(
        channel="sms", provider="sms-test", message=f"could not tell {request.body['phone']}: unreachable"
    )
    telemetry.emit(undelivered, request.attributes, failed=True)
    return 402


async def _client_error(telemetry: Telemetry, request: Request, _: Span) -> int:
    message = request.body["message"]
    crash = ClientError(message=message, stack=request.body["stack"], user_agent=request.user_agent)
    telemetry.emit(crash, request.attributes, failed=True)
    seen = UserError(
        type="react",
        severity="high" if request.body["blocked"] else "medium",
        message=message,
        user_message="Something went wrong",
        page=request.body["page"],
        action="save",
        user_blocked=request.body["blocked"],
    )
    telemetry.emit(seen, request.attributes, failed=True)
    return 204


async def _sync(telemetry: Telemetry, request: Request, _: Span) -> int:
    for item in request.body["events"]:
        event = FeatureUsed(
            event_id=UUID(item["event_id"]), feature=item["feature"], action="view", duration=item["seconds"]
        )
        # An event carries the consent of its own time, which a later withdrawal overrules.
        agreed = {"lift.consent.analytics": True} if item["agreed"] else {}
        telemetry.emit(event, {**agreed, **request.attributes}, hours_ago=item["hours_ago"])
    return 202


async def _consent(telemetry: Telemetry, request: Request, _: Span) -> int:
    update = UserConsentUpdate(source=request.body["source"])
    answers = {f"lift.consent.{name}": agreed for name, agreed in request.body["categories"].items()}
    telemetry.emit(update, {**request.who, **answers})
    return 204


_BANK: Mapping[int, tuple[PaymentFailure, str]] = MappingProxyType(
    {
        1: ("invalid_card", "incorrect_number"),
        2: ("insufficient_funds", "insufficient_funds"),
        3: ("declined", "card_declined"),
        4: ("declined", "card_declined"),
        5: ("webhook_failure", "webhook_timeout"),
    }
)
"""What the bank says, as error type and Stripe's code; it accepts anything else."""

ROUTES: Mapping[tuple[str, str], Handler] = MappingProxyType(
    {
        ("GET", "/pages"): _page,
        ("POST", "/sign-in"): _sign_in,
        ("GET", "/notes"): _read_note,
        ("POST", "/notes"): _write_note,
        ("GET", "/notes/shared"): _shared_note,
        ("POST", "/career"): _career,
        ("POST", "/checkout"): _check_out,
        ("POST", "/client-errors"): _client_error,
        ("POST", "/sync"): _sync,
        ("POST", "/consent"): _consent,
    }
)
"""Handlers by method and path."""

"""The words of the world: what attributes can say, and how often; and what their numbers are like."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from otel_lift.semconv import FieldSpec

__all__ = ["ENVIRONMENTS", "FREE_TEXTS", "NUMBERS", "ROUTES", "SERVICES", "Spread", "words_of"]

SERVICES = ("web-app", "mobile-app", "api", "ai-service", "jobs")
ENVIRONMENTS = ("production", "staging", "development")
_ROUTES = (
    "notes",
    "search",
    "profile",
    "feed",
    "posts",
    "waves",
    "microacts",
    "activation",
    "login",
    "checkout",
    "career",
    "summary",
    "flashcards",
    "settings",
    "notifications",
    "partners",
    "demos",
    "messages",
    "confidence",
    "trials",
    "invoices",
    "export",
    "import",
    "upload",
    "health",
)
ROUTES = tuple(f"/api/{name}" for name in _ROUTES)
"""Routes of endpoints, the busiest first; each is slower than most by its place modulo five."""

_PAGES = ("home", "notes", "feed", "waves", "activation", "career", "flashcards", "settings", "checkout", "profile")

_WORDS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "http.route": ROUTES,
        "http.request.method": ("GET", "POST", "PUT", "DELETE"),
        "lift.page": _PAGES,
        "lift.from_page": _PAGES,
        "lift.to_page": _PAGES,
        "lift.action": ("save", "open", "send", "delete", "upload"),
        "lift.status": ("booked", "moved", "cancelled", "done", "failed"),
        "gen_ai.request.model": ("model-large", "model-small", "model-fast"),
        "lift.flow": ("onboarding", "checkout", "invite", "first-note"),
        "lift.step": ("start", "details", "review", "end"),
        "lift.interaction_type": ("click", "submit", "search", "load"),
        "lift.key": ("profile", "feed", "session", "flags", "wave"),
        "lift.category": ("kindness", "gratitude", "nature", "focus", "rest", "learning"),
        "lift.form": ("signup", "profile", "note", "invite"),
        "lift.field": ("title", "body", "category"),
        "lift.job": ("digest", "cleanup", "rollup", "sync"),
        "db.collection.name": ("notes", "people", "waves", "payments"),
        "lift.code": ("E100", "E200", "E301", "E404"),
        "lift.stripe_error_code": ("card_declined", "expired_card", "processing_error"),
        "lift.reason": ("expired", "no_storage", "conflict"),
        "lift.provider": ("mail-one", "push-two", "sms-three"),
        "lift.entity": ("note", "wave", "subscription"),
        "feature_flag.key": ("new-onboarding", "short-rounds"),
        "feature_flag.result.variant": ("control", "changed"),
        "lift.wave_id": tuple(f"wave-{number:03d}" for number in range(400)),
        "gen_ai.conversation.id": tuple(f"talk-{number:03d}" for number in range(500)),
        "lift.interaction_id": tuple(f"act-{number:03d}" for number in range(200)),
        "lift.workflow_id": tuple(f"flow-{number:03d}" for number in range(200)),
        "gen_ai.agent.id": ("planner", "writer"),
        "lift.endpoints": (list(ROUTES[:3]), list(ROUTES[5:9])),
        "lift.features_used": (["notes"], ["notes", "career"], ["flashcards", "settings"]),
        "lift.features_accessed": (["notes"], ["career", "notes"], ["settings"]),
        "lift.sources_compared": (["site", "mail"], ["site", "demo", "call"]),
        "lift.previous_errors": (["could not save"], ["timed out", "could not load"]),
        "url.path": tuple(f"{route}/list" for route in ROUTES[:8]),
        "user_agent.original": ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "LiftApp/3.2 (Android)"),
        "lift.partner": ("partner-red", "partner-blue", "partner-green"),
        "lift.recovery.method": ("retry", "reload", "fallback"),
        "lift.recovery.user_action": ("waited", "left", "tried_again"),
        "lift.source": ("banner", "settings", "api"),
        "lift.consent.purpose": ("insight",),
        "lift.consent.proof": ("form-1", "form-2"),
    }
)

FREE_TEXTS = ("some words", "more words of somebody", "nothing to add")
"""What is said where nothing better is known."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the numbers of an attribute lie: around `middle`, lognormal with `sigma`; never more than `most`."""

    middle: float
    sigma: float = 0.5
    most: float = 1e12


NUMBERS: Mapping[str, Spread] = MappingProxyType(
    {
        "lift.response_time": Spread(180, 0.8),
        "lift.duration_ms": Spread(900, 0.9),
        "lift.load_time": Spread(1_200, 0.5),
        "lift.network_latency": Spread(90),
        "lift.render_time": Spread(300),
        "lift.execution_time": Spread(8_000, 0.6),
        "lift.query_time": Spread(700, 0.8),
        "lift.latency": Spread(1_800, 0.6),
        "lift.duration": Spread(95, 0.9),
        "lift.session_duration": Spread(420, 0.8),
        "lift.time_to_resolution": Spread(60),
        "http.response.status_code": Spread(500, 0.0),
        "lift.retry_count": Spread(1.5),
        "lift.recovery.retry_attempt": Spread(1.5),
        "lift.attempts": Spread(5),
        "lift.limit": Spread(60, 0.0),
        "lift.window": Spread(300, 0.0),
        "lift.amount": Spread(2_900, 0.7),
        "lift.connection_pool_size": Spread(20, 0.0),
        "lift.document_length": Spread(1_500, 1.0),
        "lift.days_used": Spread(6, 0.5, 14),
        "lift.pages_visited": Spread(5),
        "lift.api_calls": Spread(20),
        "lift.errors_encountered": Spread(1.2),
        "lift.mood": Spread(58, 0.25, 100),
        "lift.rating": Spread(4.2, 0.25, 5),
        "lift.score": Spread(0.62, 0.25, 1),
        "lift.score_before": Spread(0.55, 0.25, 1),
        "lift.score_after": Spread(0.68, 0.25, 1),
        "gen_ai.usage.input_tokens": Spread(900, 0.8),
        "gen_ai.usage.output_tokens": Spread(350, 0.7),
        "lift.cost": Spread(0.012, 0.8),
        "lift.ttl": Spread(600),
        "lift.round": Spread(1, 0.0, 8),
    }
)


def words_of(field: FieldSpec) -> tuple[Any, ...]:
    """Answer what a field of text can say, the most common first."""
    if field.allowed:
        return field.allowed
    known = _WORDS.get(field.attr.name) or field.attr.values
    if known:
        return tuple(known)
    return tuple([text] for text in FREE_TEXTS) if field.kind is tuple else FREE_TEXTS

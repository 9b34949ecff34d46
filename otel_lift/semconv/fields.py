"""Fields that several events share, each declared once: the type of its value and the attribute that carries it."""

from typing import Annotated

from pydantic import Field

from otel_lift.semconv.declare import Attr, Privacy

__all__ = [
    "Action",
    "AiProvider",
    "ClientAddress",
    "Code",
    "Count",
    "DurationMilliseconds",
    "DurationSeconds",
    "Endpoint",
    "Fallback",
    "Feature",
    "Measure",
    "Message",
    "Method",
    "Page",
    "ResponseTime",
    "RetryCount",
    "Stack",
    "Status",
    "StatusCode",
    "UserAgent",
]

Count = Annotated[int, Field(ge=0, lt=2**63)]
"""A whole number that OTLP's int64 can carry."""

Measure = Annotated[float, Field(ge=0)]
"""A duration or an amount."""

Endpoint = Annotated[str, Attr("http.route", "Route template of the request, never its path.", column="endpoint")]
Method = Annotated[str, Attr("http.request.method", "HTTP request method.", column="method")]
StatusCode = Annotated[
    int,
    Field(ge=0, lt=1000),
    Attr("http.response.status_code", "HTTP response status code.", column="status"),
]
Message = Annotated[
    str,
    Attr("exception.message", "What went wrong, in words.", Privacy.PERSONAL, column="message", limit=4096),
]
Stack = Annotated[
    str,
    Attr("exception.stacktrace", "Stack trace as the runtime prints it.", Privacy.PERSONAL, limit=16384),
]
Code = Annotated[str, Attr("lift.code", "The app's own code for the error.", column="error_code")]
AiProvider = Annotated[
    str,
    Attr(
        "gen_ai.provider.name",
        "Who served the AI request; `template` where a fixed text stood in.",
        column="ai_provider",
        values=("openai", "anthropic", "template"),
    ),
]
ClientAddress = Annotated[
    str,
    Attr("client.address", "Address of the client; stored only as a keyed hash.", Privacy.PERSONAL, column="address"),
]
UserAgent = Annotated[str, Attr("user_agent.original", "The User-Agent header.", Privacy.PERSONAL, limit=1024)]
RetryCount = Annotated[Count, Attr("lift.retry_count", "Attempts after the first one.", column="retry_count")]
Fallback = Annotated[
    str,
    Attr("lift.fallback_used", "What was used instead.", column="fallback_used", values=("template", "cache", "none")),
]
Page = Annotated[str, Attr("lift.page", "Name or route template of the page, never its URL.", column="page")]
Action = Annotated[str, Attr("lift.action", "What the user was doing.", column="action")]
Feature = Annotated[
    str,
    Attr(
        "lift.feature",
        "The feature of the app.",
        column="feature",
        values=("career", "notes", "flashcards", "settings"),
    ),
]
Status = Annotated[str, Attr("lift.status", "State that was reached, as a short code.", column="outcome")]
ResponseTime = Annotated[
    Measure,
    Attr("lift.response_time", "Time until the response was complete.", unit="ms", column="duration_ms"),
]
DurationMilliseconds = Annotated[
    Measure,
    Attr("lift.duration_ms", "How long it took.", unit="ms", column="duration_ms"),
]
DurationSeconds = Annotated[
    Measure,
    Attr("lift.duration", "How long the use lasted.", unit="s", column="duration_ms"),
]

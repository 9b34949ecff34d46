"""Performance: how fast pages, endpoints and caches are."""

from typing import Annotated, ClassVar

from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority
from otel_lift.semconv.fields import DurationMilliseconds, Endpoint, Measure, Page, ResponseTime

__all__ = ["ApiResponseTime", "CachePerformance", "PageLoad", "SlowEndpoint"]


def _spec(name: str, consent: Consent) -> EventSpec:
    return EventSpec(name, Group.PERFORMANCE, Priority.LOW, consent)


class PageLoad(LiftEvent):
    """A page was loaded."""

    spec: ClassVar = _spec("page_load", Consent.ANALYTICS)

    page: Page
    load_time: Annotated[
        Measure, Attr("lift.load_time", "Time until the page could be used.", unit="ms", column="duration_ms")
    ]
    network_latency: Annotated[Measure, Attr("lift.network_latency", "Time on the network.", unit="ms")] | None = None
    render_time: Annotated[Measure, Attr("lift.render_time", "Time to render.", unit="ms")] | None = None


class ApiResponseTime(LiftEvent):
    """An endpoint answered."""

    spec: ClassVar = _spec("api_response_time", Consent.ESSENTIAL)

    endpoint: Endpoint
    response_time: ResponseTime
    cache_hit: Annotated[bool, Attr("lift.cache_hit", "The answer came from a cache.", column="cache_hit")] | None = (
        None
    )


class SlowEndpoint(LiftEvent):
    """An endpoint took longer than a second; made by the gateway from spans."""

    spec: ClassVar = _spec("slow_endpoint", Consent.ESSENTIAL)

    endpoint: Endpoint
    duration: DurationMilliseconds


class CachePerformance(LiftEvent):
    """A cache was asked."""

    spec: ClassVar = _spec("cache_performance", Consent.ESSENTIAL)

    key: Annotated[str, Attr("lift.key", "Name or template of the key, without ids.", column="cache_key")]
    hit: Annotated[bool, Attr("lift.hit", "The cache had it.", column="cache_hit")]
    ttl: Annotated[Measure, Attr("lift.ttl", "How long the entry lives.", unit="s")] | None = None

"""The SQL endpoint: the embedded store, as a ClickHouse server is queried over HTTP."""

from otel_lift.store.endpoint.app import EndpointApp
from otel_lift.store.endpoint.server import Endpoint, serve_endpoint
from otel_lift.store.endpoint.session import EndpointLimits

__all__ = ["Endpoint", "EndpointApp", "EndpointLimits", "serve_endpoint"]

"""otel-lift: a privacy-first OpenTelemetry gateway.

The distribution is light by default (an app installs it for `otel_lift.semconv` and `otel_lift.sdk`);
the gateway's own packages need the extra `otel-lift[gateway]`.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]

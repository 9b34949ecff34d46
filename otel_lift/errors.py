"""The one exception tree of otel-lift.

Whether a client or an exporter should try again is a type, not a flag::

    OtelLiftError
    ├── ConfigError                what a user wrote cannot be run; names path, line and remedy
    ├── RetryableError             the same call can succeed later; `retry_after` says when (seconds)
    │   ├── BackpressureError      a queue, the spool or a rate limit is full
    │   ├── ShuttingDownError      this process drains; another will take the call
    │   └── StoreUnavailableError  the store does not answer, or not yet
    └── PermanentError             the same call will fail again
        ├── DecodeError            bytes that are not the message they claim to be
        ├── TooLargeError          over a configured limit
        ├── ProcessorError         a processor failed on a batch, which was therefore not let through
        ├── SpoolError             the spool's folder cannot be used as it is
        └── StoreError             the store refused a statement or an insert

Foreign errors (gRPC, Arrow, ClickHouse, the operating system) are mapped to these at one seam each, with `from`.
"""

__all__ = [
    "BackpressureError",
    "ConfigError",
    "DecodeError",
    "OtelLiftError",
    "PermanentError",
    "ProcessorError",
    "RetryableError",
    "ShuttingDownError",
    "SpoolError",
    "StoreError",
    "StoreUnavailableError",
    "TooLargeError",
]


class OtelLiftError(Exception):
    """Base of all errors that otel-lift raises on purpose."""


class ConfigError(OtelLiftError):
    """A configuration that cannot be run; the message names the YAML path, the line and what would be right."""


class RetryableError(OtelLiftError):
    """The same call can succeed later."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        """Keep the delay in seconds after which a client should try again."""
        super().__init__(message)
        self.retry_after = retry_after


class BackpressureError(RetryableError):
    """A bounded resource is full; nothing of the call was kept."""


class ShuttingDownError(RetryableError):
    """This process takes no new work; nothing of the call was kept."""


class StoreUnavailableError(RetryableError):
    """The store cannot be reached or is not ready."""


class PermanentError(OtelLiftError):
    """The same call will fail again."""


class DecodeError(PermanentError):
    """Bytes that are not a valid message of the claimed type."""


class TooLargeError(PermanentError):
    """A request, a message or a value is over a configured limit."""


class ProcessorError(PermanentError):
    """A processor failed on a batch, which was therefore not let through."""


class SpoolError(PermanentError):
    """The spool's folder cannot be used as it is."""


class StoreError(PermanentError):
    """The store refused a statement or an insert."""

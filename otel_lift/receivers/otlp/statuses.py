"""How outcomes and errors read in OTLP: `google.rpc.Status`, codes, delays and partial success.

Source of the mapping: the OTLP specification, "Failures" of OTLP/gRPC and of OTLP/HTTP. A client retries
UNAVAILABLE and 503, and drops its data on all other codes used here; RESOURCE_EXHAUSTED without `RetryInfo` is final.
"""

import json
import logging
import math
import traceback
from concurrent.futures import CancelledError
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from otel_lift.batch import Signal
from otel_lift.errors import DecodeError, ProcessorError, RetryableError, TooLargeError
from otel_lift.kernel import Outcome

__all__ = ["Code", "Failure", "failure_of", "partial_success", "partial_success_json"]

_log = logging.getLogger(__name__)

_MAX_MESSAGE = 1024  # characters; gRPC refuses trailers over 8 KiB, and the message is sent twice there
_PROCESSOR_DELAY = 5.0
_UNEXPECTED_DELAY = 5.0
_SLOW_DELAY = 1.0
_REJECTED = {
    Signal.TRACES: "rejectedSpans",
    Signal.LOGS: "rejectedLogRecords",
    Signal.METRICS: "rejectedDataPoints",
}


class Code(IntEnum):
    """The canonical codes of gRPC that the receiver answers (google/rpc/code.proto)."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    UNAVAILABLE = 14


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal, for either protocol; `retry_after` in seconds, None where the client must not send again."""

    code: Code
    http: HTTPStatus
    message: str
    retry_after: float | None = None

    def status(self) -> bytes:
        """Answer it as a serialised `google.rpc.Status`, with `RetryInfo` where there is a delay."""
        status = Status(code=self.code, message=self.message)
        if self.retry_after is not None:
            delay = Duration()
            delay.FromNanoseconds(int(self.retry_after * 1e9))
            status.details.add().Pack(RetryInfo(retry_delay=delay))
        serialised: bytes = status.SerializeToString()
        return serialised

    def status_json(self) -> bytes:
        """Answer it as a `google.rpc.Status` in JSON."""
        return json.dumps({"code": int(self.code), "message": self.message}).encode()

    def retry_after_seconds(self) -> int | None:
        """Answer the delay in whole seconds, as `Retry-After` needs it; at least one."""
        return None if self.retry_after is None else max(1, math.ceil(self.retry_after))


def failure_of(error: BaseException) -> Failure:
    """Map an error of a sink or of reading a request; one that nobody foresaw is retryable, and logged."""
    message = str(error)[:_MAX_MESSAGE]
    match error:
        case RetryableError():
            return Failure(Code.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE, message, error.retry_after)
        case TooLargeError():
            return Failure(Code.RESOURCE_EXHAUSTED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        case DecodeError():
            return Failure(Code.INVALID_ARGUMENT, HTTPStatus.BAD_REQUEST, message)
        case ProcessorError():
            return Failure(Code.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE, message, _PROCESSOR_DELAY)
        case TimeoutError() | CancelledError():
            return Failure(
                Code.UNAVAILABLE,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the request was not durable in time; send it again",
                _SLOW_DELAY,
            )
        case _:
            # neither the log nor the client gets the exception's own text, which may quote the data
            _log.error("a request failed unexpectedly: %s at %s", type(error).__name__, _where(error))
            return Failure(
                Code.UNAVAILABLE,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the gateway failed on this request, which was not kept; send it again",
                _UNEXPECTED_DELAY,
            )


def partial_success(signal: Signal, outcome: Outcome) -> bytes:
    """Answer the success response in protobuf: empty, unless records were rejected."""
    if not outcome.rejected:
        return b""
    message = outcome.message[:_MAX_MESSAGE]
    response: Any
    match signal:
        case Signal.TRACES:
            spans = ExportTracePartialSuccess(rejected_spans=outcome.rejected, error_message=message)
            response = ExportTraceServiceResponse(partial_success=spans)
        case Signal.LOGS:
            logs = ExportLogsPartialSuccess(rejected_log_records=outcome.rejected, error_message=message)
            response = ExportLogsServiceResponse(partial_success=logs)
        case Signal.METRICS:
            points = ExportMetricsPartialSuccess(rejected_data_points=outcome.rejected, error_message=message)
            response = ExportMetricsServiceResponse(partial_success=points)
    serialised: bytes = response.SerializeToString()
    return serialised


def partial_success_json(signal: Signal, outcome: Outcome) -> bytes:
    """Answer the success response in OTLP JSON (64-bit integers are strings there)."""
    if not outcome.rejected:
        return b"{}"
    partial = {_REJECTED[signal]: str(outcome.rejected), "errorMessage": outcome.message[:_MAX_MESSAGE]}
    return json.dumps({"partialSuccess": partial}).encode()


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"

"""Errors as answers: ``{"status": "error", "error": {"code": ..., "message": ...}}``, never with what a person sent."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from otel_lift.errors import (
    BackpressureError,
    ConfigError,
    OtelLiftError,
    RetryableError,
    StoreError,
    StoreUnavailableError,
    TooLargeError,
)
from otel_lift.jobs.running import told
from otel_lift.store.failures import error_code

__all__ = ["ApiError", "answer_errors", "error_body", "refusal_of"]

logger = logging.getLogger(__name__)

_TIMES = frozenset({159, 160})  # TIMEOUT_EXCEEDED, TOO_SLOW
_SIZES = frozenset({158, 241, 307, 396})  # TOO_MANY_ROWS, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, of the result too
_THROWN = 395  # FUNCTION_THROW_IF_VALUE_IS_NON_ZERO: how a query refuses a value
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


class ApiError(Exception):
    """A request that is refused, with its status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep the parts; `headers` go with the answer."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def error_body(code: str, message: str) -> dict[str, Any]:
    """Answer the body of a refusal."""
    return {"status": "error", "error": {"code": code, "message": message}}


def answer_errors(app: FastAPI) -> None:
    """Have an application answer every error in our form."""
    app.add_exception_handler(ApiError, _handler)
    app.add_exception_handler(OtelLiftError, _handler)
    app.add_exception_handler(RequestValidationError, _handler)
    app.add_exception_handler(HTTPException, _handler)
    app.add_exception_handler(Exception, _handler)


def refusal_of(error: Exception) -> ApiError:
    """Answer what a caller is told of an error; what was asked for, and what a store says of it, is not repeated."""
    match error:
        case ApiError():
            return error
        case RequestValidationError():
            wrong = error.errors()[0]
            where = ".".join(str(part) for part in wrong["loc"]) or "the request"
            return ApiError(422, "invalid", f"{where}: {wrong['msg']}")
        case HTTPException():
            code = _CODES.get(error.status_code, "error")
            return ApiError(error.status_code, code, str(error.detail), error.headers)
        case ConfigError():
            return ApiError(400, "bad_request", str(error))
        case TooLargeError():
            return ApiError(413, "too_large", str(error))
        case BackpressureError():
            return ApiError(503, "busy", str(error), _after(error))
        case StoreUnavailableError() | StoreError():
            return _of_store(error)
        case RetryableError():
            return ApiError(503, "unavailable", "this cannot be done now; try again", _after(error))
        case _:
            logger.error("a request to the API failed: %s", told(error))
            return ApiError(500, "internal", f"the gateway failed at this ({type(error).__name__}); its log says where")


def _of_store(error: StoreUnavailableError | StoreError) -> ApiError:
    number = error_code(str(error))
    if number in _TIMES:
        return ApiError(504, "timeout", "the answer takes too long; ask for a shorter time or with a filter")
    if number in _SIZES:
        return ApiError(413, "too_large", "the answer is too large; ask for a shorter time, a filter or a lower limit")
    if number == _THROWN:
        return ApiError(400, "bad_request", "a parameter has a value that this question does not take")
    logger.warning("the API's store: %s", told(error))
    if isinstance(error, StoreUnavailableError):
        return ApiError(503, "store_unavailable", "the store does not answer now; try again", _after(error))
    return ApiError(500, "store_refused", f"the store refused this ({told(error)}); the gateway's log says more")


def _after(error: RetryableError) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}


async def _handler(_: Request, error: Exception) -> JSONResponse:
    refused = refusal_of(error)
    return JSONResponse(error_body(refused.code, str(refused)), refused.status, headers=refused.headers)

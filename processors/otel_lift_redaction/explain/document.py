"""A sample as it was given: OTLP JSON, one request or several one after another, or a text."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel import decode, json_to_protobuf
from otel_lift_redaction.bodies import batch_of

__all__ = ["Sample", "read"]

_ROOTS: Mapping[str, Signal] = MappingProxyType(
    {"resourceSpans": Signal.TRACES, "resourceLogs": Signal.LOGS, "resourceMetrics": Signal.METRICS}
)
_IS_OTLP = re.compile(rf'"(?:{"|".join(_ROOTS)})"')
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Sample:
    """One request, or the text, as a batch; `line` is where it begins, from 1.

    `signal` is None for a text, which is the body of the batch's one log record. `rejected` counts the records of the
    request that a gateway refuses, which are not in the batch, and `message` says why.
    """

    line: int
    signal: Signal | None
    batch: Batch
    rejected: int = 0
    message: str = ""


def read(content: bytes, name: str) -> list[Sample]:
    """Answer the samples of a file's content; `name` stands for the file in messages.

    OTLP JSON is what begins with a brace and names `resourceSpans`, `resourceLogs` or `resourceMetrics`; anything else
    is a text, taken as one value, so that nothing is missed that goes over the end of a line. Raises DecodeError, whose
    message names line and column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise DecodeError(f"{name}:{line}:{column}: not UTF-8; give OTLP JSON or a text in UTF-8") from error
    if text.lstrip().startswith("{") and _IS_OTLP.search(text):
        return list(_requests(text, name))
    return [Sample(1, None, batch_of([text]))] if text else []


def _requests(text: str, name: str) -> Iterator[Sample]:
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        try:
            content, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise DecodeError(f"{name}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from error
        except RecursionError as error:
            raise DecodeError(f"{name}:{line}:1: JSON nested too deep") from error
        except ValueError as error:
            raise DecodeError(f"{name}:{line}:1: not valid JSON: a number has too many digits") from error
        signals = [signal for root, signal in _ROOTS.items() if isinstance(content, dict) and root in content]
        if not signals:
            column = at - text.rfind("\n", 0, at)
            raise DecodeError(f"{name}:{line}:{column}: no OTLP request; it needs {', '.join(_ROOTS)}")
        for signal in signals:
            yield _sample(signal, text[at:end], name, line)
        at = _skip(text, end)


def _sample(signal: Signal, text: str, name: str, line: int) -> Sample:
    try:
        payload = json_to_protobuf(signal, text.encode("utf-8", "surrogatepass"))
        decoded = decode(signal, [payload], RequestContext(), 0)
        (outcome,) = decoded.outcomes
        if outcome.error is not None:
            raise outcome.error
    except DecodeError as error:
        raise DecodeError(f"{name}:{line}:1: {error}") from error
    return Sample(line, signal, decoded.batch, outcome.rejected, outcome.message)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at

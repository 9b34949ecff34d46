"""A redacted sample as a document again."""

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict

from otel_lift.batch import Batch, Level
from otel_lift.kernel import encode
from otel_lift.kernel.requests import REQUESTS
from otel_lift_redaction.explain.document import Sample

__all__ = ["written"]

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def written(sample: Sample, redacted: Batch) -> str:
    """Answer the sample after redaction: a request as OTLP JSON in one line, a text as it became."""
    if sample.signal is None:
        text: str = redacted.column(Level.RECORD, "body")[0].as_py()
        return text
    request = REQUESTS[sample.signal]()
    request.ParseFromString(encode(redacted))
    content = MessageToDict(request, use_integers_for_enums=True)
    return json.dumps(_with_hex_ids(content), ensure_ascii=False, separators=(",", ":"))


def _with_hex_ids(content: Any) -> Any:
    """Write ids as OTLP JSON has them, in hexadecimal; attributes with such names are entries of lists, not keys."""
    match content:
        case dict():
            return {
                key: base64.b64decode(value).hex() if key in _IDS else _with_hex_ids(value)
                for key, value in content.items()
            }
        case list():
            return [_with_hex_ids(item) for item in content]
        case _:
            return content

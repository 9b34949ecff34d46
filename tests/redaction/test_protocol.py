"""Redaction from the protocol's side: bytes in, bytes out, nothing of a needle left."""

from pathlib import Path
from typing import Any

import pytest
from redaction_needles import SECRETS
from redaction_rows import processor

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode, encode
from otel_lift.kernel.requests import REQUESTS

IDS = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
KINDS = ("string_value", "array_value", "kvlist_value", "bytes_value")
# of each rule a text and what of it must not be left
NEEDLES = [cases[0] for cases in SECRETS.values()]


def _fill(message: Any, text: str, kind: str, depth: int = 0) -> None:
    """Set every string and bytes field of a message and of all inside it; values are of one kind, to some depth."""
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof and field.name not in {kind if depth < 12 else "string_value", "histogram"}:
            continue
        if field.type == field.TYPE_STRING:
            if field.is_repeated:
                getattr(message, field.name).append(text)
            else:
                setattr(message, field.name, text)
        elif field.type == field.TYPE_BYTES:
            length = IDS.get(field.name)
            setattr(message, field.name, b"\1" * length if length else text.encode())
        elif field.type == field.TYPE_MESSAGE:
            inner = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
            inner.SetInParent()
            _fill(inner, text, kind, depth + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signal", list(Signal))
def test_nothing_of_a_needle_leaves_the_gateway(tmp_path: Path, signal: Signal, kind: str) -> None:
    """A secret in every string field of the protocol, in values of every kind, is in no byte of what comes out."""
    made = processor(tmp_path)
    for text, secret in NEEDLES:
        request = REQUESTS[signal]()
        _fill(request, text, kind)
        payload = request.SerializeToString()
        assert payload.count(secret.encode()) > 5
        decoded = decode(signal, [payload], RequestContext(), 0)
        assert decoded.outcomes[0].error is None
        assert len(decoded.batch) == 1
        assert secret.encode() not in encode(made.process(decoded.batch))

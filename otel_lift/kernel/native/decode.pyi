from collections.abc import Sequence

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel.outcome import Decoded

def decode(
    signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int, *, most_text: int = ...
) -> Decoded: ...

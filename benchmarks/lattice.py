"""What it costs to look through encodings: the redaction of spans with the decode lattice, and without it."""

import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from otel_lift_redaction import RedactionConfig, RedactionProcessor

from benchmarks.attributes import attribute, standard
from benchmarks.payloads import span_requests
from benchmarks.report import Section, table
from benchmarks.settings import Settings
from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.pipeline import Services
from otel_lift.pipeline.recognise import recognise

__all__ = ["lattice"]

_REQUESTS, _SPANS = 10, 4_000
_PROSE = (
    "次の注文は明日の朝に届きます",
    "заказ отправлен со склада",  # noqa: RUF001 - another script, not look-alikes
    "η παραγγελία εστάλη",
    "إرسال الطلب غدا",
    "größere Menge bestellt",
)

_Attributes = Callable[[random.Random, int], list[KeyValue]]


class _NoSuspects:
    """The lattice switched off, which no setting does: nothing has to be decoded."""

    def find(self, *_: object) -> None:
        """Answer no text."""


def lattice(settings: Settings) -> Section:
    """Measure the redaction processor over spans of five sorts, its caches warm."""
    rows = []
    for name, attributes in _SORTS.items():
        batches = [
            recognise(decode(Signal.TRACES, [payload], RequestContext(), time.time_ns()).batch)
            for payload in span_requests(_REQUESTS, _SPANS, attributes=attributes)
        ]
        plain, whole = (min(_measure(batches, off) for _ in range(settings.repeats)) for off in (True, False))
        rows.append([name, f"{plain:.2f}", f"{whole:.2f}", f"{whole - plain:+.2f}"])
    heads = ["12 attributes a span", "plain detection", "with the lattice", "more, CPU-s per million spans"]
    return Section("Looking through encodings", table(heads, rows))


def _measure(batches: Sequence[Batch], off: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        processor = RedactionProcessor(RedactionConfig(), Services("redaction", Path(folder)))
        processor.start()
        if off:
            processor._rules.lattice.suspects = _NoSuspects()  # type: ignore[assignment]  # noqa: SLF001 - see above
        for batch in batches[:2]:
            processor.process(batch)
        clock = time.thread_time()
        for batch in batches:
            processor.process(batch)
        spent = time.thread_time() - clock
        processor.stop()
    return spent / (_REQUESTS * _SPANS) * 1e6


def _with(key: str, make: Callable[[random.Random], str]) -> _Attributes:
    """Make the standard attributes, of which the last is another text, new in each span."""
    return lambda rng, person: [*standard(rng, person)[:-1], attribute(key, make(rng))]


def _url(rng: random.Random) -> str:
    return f"https://shop.example/find?q=red%20shoes%20{rng.randrange(10**6)}&next=%2Fcart%2F{rng.randrange(10**6)}"


def _payload(rng: random.Random) -> str:
    items = [{"sku": f"SKU-{rng.randrange(10**5)}", "count": rng.randrange(9)} for _ in range(3)]
    return json.dumps({"order": rng.randrange(10**7), "items": items, "note": "leave it at the door"})


_SORTS: dict[str, _Attributes] = {
    "as in the other parts": standard,
    "hexadecimal ids and hashes": _with("app.digest", lambda rng: f"sha256:{rng.randbytes(32).hex()}"),
    "a new percent-encoded URL in each": _with("url.full", _url),
    "a new JSON text in each": _with("app.payload", _payload),
    "prose in other scripts": _with("app.message", lambda rng: f"{rng.choice(_PROSE)} {rng.randrange(10**6)}"),
}

"""The kernel: OTLP bytes to a `Batch` and back.

`decode(signal, payloads, context, received) -> Decoded` turns the export requests in `payloads` (uncompressed OTLP
protobuf of one signal) into one batch with the given request context and arrival time (Unix nanoseconds), and answers
an `Outcome` for each payload. It never raises for what a client sent:

- a payload that is not a valid message (truncated, a known field with another wire type, invalid UTF-8, messages nested
  more than 100 deep below the request) has `Outcome.error` and leaves no row; the other payloads are unharmed; so has
  one with which a column would hold more than 2 GiB of text;
- a span whose trace id is not 16 bytes, span id not 8, or parent id neither 8 nor absent is left out and counted in
  `Outcome.rejected`; in a link, a log record or an exemplar, where ids are optional, an id of wrong length becomes
  null.

`encode(batch) -> bytes` is the inverse, an `Export*ServiceRequest`. What it gives equals what was sent, for every field
and in the order of the records, but for what OTLP itself does not tell apart: an absent message and an empty one, and
how records of the same resource and scope (and metric) were grouped. A resource, a scope or a metric without a record
is not kept. The references into a profile's string table (`string_value_strindex`, `key_strindex`) mean nothing in
these signals: such a value is empty, such a key is "". Fields that this version of OTLP does not know are dropped.

`json_to_protobuf(signal, body) -> bytes` turns OTLP JSON into such a payload, or raises DecodeError.

Equal resources (attributes in the order sent, counts, entities and schema URL) are one row over all payloads of a call,
and so are equal scopes of one resource and equal metrics of one scope (all but their data points).
`otel_lift.implementations` chooses which implementation runs, at import.
"""

from typing import cast

from otel_lift.implementations import choose
from otel_lift.kernel.interface import Kernel
from otel_lift.kernel.otlp_json import json_to_protobuf
from otel_lift.kernel.outcome import Decoded, Outcome

__all__ = ["Decoded", "Outcome", "decode", "encode", "json_to_protobuf"]

_kernel = cast("Kernel", choose(__name__))
decode = _kernel.decode
encode = _kernel.encode

"""Made-up personal data, in the forms and positions in which it hides in telemetry, and clean data that looks like it.

All of it is made by small functions over a `random.Random`, so a seed makes the same again. Nobody real is in it:
domains, networks and numbers are those kept free for examples, and the rest is random with valid check digits.

- `KINDS`: what it is (`email`, `iban`, ...); each makes a text and knows the secret part of it.
- `FORMS`: how it is written (`percent`, `json in a string`, ...), one step or several, each with a decoder.
- `FRAMES`: what it is embedded in (log lines, stack traces, addresses, statements, payloads, headers).
- `needle`, `needles` and `corpus` put these together; `leaked` decides if a needle can still be told from a text.
- `positions`: every string and bytes field of an export request, from the protocol's descriptors; `put` fills one.
- `CLEAN`: telemetry that looks dangerous and is not, by family.
"""

from otel_lift.synthetic.clean import CLEAN, clean, clean_corpus
from otel_lift.synthetic.forms import FORMS, PLAIN, Form
from otel_lift.synthetic.frames import FRAMES
from otel_lift.synthetic.kinds import KINDS
from otel_lift.synthetic.leaks import leaked, squashed
from otel_lift.synthetic.model import Kind, Personal
from otel_lift.synthetic.needles import Needle, corpus, needle, needles, pairs
from otel_lift.synthetic.positions import (
    IDS,
    NUMBERS,
    Position,
    attributes_of,
    leaves,
    new_record,
    positions,
    put,
    read,
)

__all__ = [
    "CLEAN",
    "FORMS",
    "FRAMES",
    "IDS",
    "KINDS",
    "NUMBERS",
    "PLAIN",
    "Form",
    "Kind",
    "Needle",
    "Personal",
    "Position",
    "attributes_of",
    "clean",
    "clean_corpus",
    "corpus",
    "leaked",
    "leaves",
    "needle",
    "needles",
    "new_record",
    "pairs",
    "positions",
    "put",
    "read",
    "squashed",
]

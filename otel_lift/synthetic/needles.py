"""Needles: made-up personal data in a form, ready to be planted and to be looked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from otel_lift.synthetic.forms import FORMS, PLAIN
from otel_lift.synthetic.frames import FRAMES, INNER
from otel_lift.synthetic.kinds import KINDS

__all__ = ["Needle", "corpus", "needle", "needles", "pairs"]


@dataclass(frozen=True, slots=True)
class Needle:
    """A text that holds personal data of a kind in a form, and the part of the data that must be nowhere afterwards."""

    kind: str
    form: str
    text: str
    secret: str


def pairs() -> Sequence[tuple[str, str]]:
    """Answer every kind with every form in which it can still be told, by name."""
    return [(kind.name, form.name) for form in FORMS.values() for kind in KINDS.values() if form.fits(kind)]


def needle(rng: Random, kind: str, form: str = PLAIN, frame: str | None = None) -> Needle:
    """Make a needle of a kind in a form, embedded in a frame, by default any; raises KeyError for an unknown name."""
    chosen, written = KINDS[kind], FORMS[form]
    personal = chosen.make(rng)
    text = personal.text
    if form not in {PLAIN, "glued", "glued, percent", "broken line"} and rng.random() < 0.5:
        text = rng.choice(INNER)(rng, text)
    embed = FRAMES[frame or rng.choice(tuple(FRAMES))]
    return Needle(kind, form, embed(rng, written.write(rng, text)), personal.secret)


def needles(rng: Random) -> Iterator[Needle]:
    """Make needles without end, of any kind and form."""
    known = pairs()
    while True:
        yield needle(rng, *rng.choice(known))


def corpus(rng: Random, each: int) -> Iterator[Needle]:
    """Make `each` needles of every kind in every form that fits it."""
    for kind, form in pairs():
        for _ in range(each):
            yield needle(rng, kind, form)

"""The forms in which personal data hides in telemetry: a way of writing, or several one after another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from otel_lift.synthetic import encodings as one
from otel_lift.synthetic.encodings import Step
from otel_lift.synthetic.model import Kind

__all__ = ["FORMS", "PLAIN", "Form"]

PLAIN = "plain"


def _any(_: Kind) -> bool:
    return True


def _stands_alone(kind: Kind) -> bool:
    return not (kind.context or kind.spaced)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its steps in the order in which they are written, and which kinds can be written so and still be told."""

    name: str
    steps: tuple[Step, ...] = ()
    fits: Callable[[Kind], bool] = _any

    def write(self, rng: Random, text: str) -> str:
        """Write a text in this form."""
        for step in self.steps:
            text = step.write(rng, text)
        return text

    def undo(self, text: str) -> tuple[str, ...]:
        """Answer a text with the steps undone one after another: as it is, without the last step, ..., without any."""
        views = [text]
        for step in reversed(self.steps):
            views.append(step.undo(views[-1]))
        return tuple(views)


_ALL = (
    Form(PLAIN),
    Form("percent", (one.PERCENT,)),
    Form("double percent", (one.PERCENT, one.PERCENT)),
    Form("unicode escapes", (one.UNICODE_ESCAPES,)),
    Form("x escapes", (one.X_ESCAPES,)),
    Form("html entities", (one.HTML,)),
    Form("base64", (one.BASE64,)),
    Form("base64url", (one.BASE64URL,)),
    Form("hex", (one.HEX,)),
    Form("json in a string", (one.JSON,)),
    Form("json in json in a string", (one.JSON, one.JSON)),
    Form("full-width", (one.FULL_WIDTH,)),
    Form("look-alikes", (one.LOOK_ALIKES,)),
    Form("confusables", (one.CONFUSABLES,), lambda kind: kind.latin),
    Form("zero-width", (one.ZERO_WIDTH,)),
    Form("soft hyphen", (one.SOFT_HYPHEN,)),
    Form("glued", (one.GLUED,), _stands_alone),
    Form("broken line", (one.BROKEN,), _stands_alone),
    Form("json, percent", (one.JSON, one.PERCENT)),
    Form("json, base64", (one.JSON, one.BASE64)),
    Form("percent, json", (one.PERCENT, one.JSON)),
    Form("unicode escapes, json", (one.UNICODE_ESCAPES, one.JSON)),
    Form("html entities, percent", (one.HTML, one.PERCENT)),
    Form("base64, percent", (one.BASE64, one.PERCENT)),
    Form("base64, json", (one.BASE64, one.JSON)),
    Form("percent, base64url", (one.PERCENT, one.BASE64URL)),
    Form("hex, base64", (one.HEX, one.BASE64)),
    Form("percent, json, base64", (one.PERCENT, one.JSON, one.BASE64)),
    Form("base64, json, percent", (one.BASE64, one.JSON, one.PERCENT)),
    Form("full-width, html entities", (one.FULL_WIDTH, one.HTML)),
    Form("x escapes, json", (one.X_ESCAPES, one.JSON)),
    Form("full-width, zero-width", (one.FULL_WIDTH, one.ZERO_WIDTH)),
    Form("zero-width, percent", (one.ZERO_WIDTH, one.PERCENT)),
    Form("glued, percent", (one.GLUED, one.PERCENT), _stands_alone),
)

FORMS: Mapping[str, Form] = MappingProxyType({form.name: form for form in _ALL})
"""All forms by name; "a, b" is a, written as b."""

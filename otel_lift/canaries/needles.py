"""The texts that are planted, and the texts by which each is known again."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from otel_lift.canaries.config import CanariesConfig
from otel_lift.synthetic import FORMS, FRAMES, KINDS, PLAIN

__all__ = ["Canary", "choose", "pairs"]

_FORMS = (PLAIN, "percent", "unicode escapes", "html entities", "base64", "hex", "json in a string", "full-width")
_KINDS = (
    *("email", "phone", "us_ssn", "ipv6", "jwt", "bearer", "private_key", "url_password", "query_secret"),
    *("json_password", "aws_access_key", "gcp_api_key", "github_token", "slack_token", "stripe_key"),
    *("openai_key", "anthropic_key"),
)
"""What the built-in detectors find however it is spelled, so that a finding is a fault of the way and not of luck."""
_FRAMES = ("alone", "sentence", "log line")
"""What leaves a text inside it as it is."""
_SHORTEST = 8
"""The shortest text that is searched for: a shorter one may stand somewhere by chance."""


@dataclass(frozen=True, slots=True)
class Canary:
    """Made-up personal data: its kind and form, the text to plant, and the texts that give it away.

    It shows its kind and form only, in logs too.
    """

    kind: str
    form: str
    text: str = field(repr=False)
    traces: tuple[str, ...] = field(repr=False)


def pairs(config: CanariesConfig) -> list[tuple[str, str]]:
    """Answer the kinds and forms that are planted, in all ways in which they fit together."""
    kinds = [KINDS[name] for name in config.kinds or _KINDS]
    forms = [FORMS[name] for name in config.forms or _FORMS]
    return [(kind.name, form.name) for kind in kinds for form in forms if form.fits(kind)]


def choose(rng: Random, config: CanariesConfig) -> Sequence[Canary]:
    """Make the canaries of a planting, of any kinds and forms that are wanted."""
    known = pairs(config)
    return [_make(rng, *rng.choice(known)) for _ in range(config.needles)]


def _make(rng: Random, kind: str, form: str) -> Canary:
    while True:
        personal = KINDS[kind].make(rng)
        if len(personal.secret) >= _SHORTEST:
            break
    written = FORMS[form].write(rng, personal.text)
    text = FRAMES[rng.choice(_FRAMES)](rng, written)
    traces = {personal.secret, written}
    # values inside values are stored as JSON, and bytes in base64, of which the end depends on what follows
    traces |= {json.dumps(trace, ensure_ascii=False)[1:-1] for trace in traces}
    traces.add(base64.b64encode(text.encode()).decode()[: len(text.encode()) // 3 * 4])
    return Canary(kind, form, text, tuple(sorted(one for one in traces if len(one) >= _SHORTEST)))

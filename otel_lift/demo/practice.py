"""What a visitor practises: an activation, micro-acts, a wave with others, and the end of a trial."""

from collections.abc import Iterator
from random import Random
from typing import Any

__all__ = ["practice"]

_CATEGORIES = ("kindness", "focus", "courage", "gratitude")
_STAYS = 0.75
"""Share of those who did a step of the activation that also do the next."""

_CONVERTS = {"short": 0.3, "long": 0.45}
"""Share of the trials that end in a subscription, by the variant of the onboarding that the visitor was shown."""


def practice(random: Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of one visit in order: a name and its data."""
    yield from _activation(random)
    for _ in range(random.randint(0, 3)):
        yield "microact_created", {"category": random.choice(_CATEGORIES)}
    if random.random() < 0.4:
        yield "microact_shared", {"category": random.choice(_CATEGORIES)}
    if random.random() < 0.5:
        yield from _wave(random)
    variant = random.choice(tuple(_CONVERTS))
    yield "experiment_exposure", {"experiment": "onboarding", "variant": variant}
    if random.random() < 0.6:
        converted = random.random() < _CONVERTS[variant]
        kind = random.choice(("school", "social"))
        yield "trial_conversion", {"trial_type": kind, "days_used": random.randint(1, 14), "converted": converted}


def _activation(random: Random) -> Iterator[tuple[str, dict[str, Any]]]:
    mood = random.randint(30, 60)
    yield "activation_started", {}
    yield "activation_mood_logged", {"phase": "start", "mood": mood}
    for number in (1, 2, 3):
        if random.random() > _STAYS:
            return
        yield "activation_round_completed", {"round": number}
    yield "activation_mood_logged", {"phase": "end", "mood": min(mood + random.randint(0, 35), 100)}
    yield "activation_completed", {}


def _wave(random: Random) -> Iterator[tuple[str, dict[str, Any]]]:
    wave = {"wave_id": f"wave-{random.randint(1, 3)}"}
    yield "wave_joined", wave
    yield "wave_interaction", wave
    if random.random() < 0.5:
        yield "post_created", {}
        yield "post_liked", {}
    if random.random() < 0.6:
        yield "wave_feedback_submitted", {**wave, "rating": random.randint(3, 5)}
        yield "wave_left", wave

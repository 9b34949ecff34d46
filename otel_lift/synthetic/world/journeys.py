"""What people do in a visit: journeys of events in order, some steps left out, some the end of the journey."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otel_lift.semconv import EVENTS

__all__ = ["EVENT_NAMES", "MACHINES", "VISITS", "Steps", "Walk", "code_of"]

EVENT_NAMES: tuple[str, ...] = tuple(EVENTS)
"""The events of the catalogue; their places are the codes of events."""


@cache
def code_of(event: str) -> int:
    """Answer the code of an event."""
    return EVENT_NAMES.index(event)


# event, how likely the step is, and "!" where the journey ends without it; mean seconds after the step before; a number
# that tells equal events of a journey apart
_Step = tuple[str, float, bool, float, int]


def _steps(text: str, gap: float = 20.0) -> tuple[_Step, ...]:
    """Read ``event[#number]=probability[!]``, separated by spaces."""
    found = []
    for word in text.split():
        name, _, chance = word.partition("=")
        event, _, number = name.partition("#")
        found.append((event, float(chance.rstrip("!") or 1), chance.endswith("!"), gap, int(number or 0)))
    return tuple(found)


_ROUNDS = " ".join(f"activation_round_completed#{number}={0.83 + number / 50}!" for number in range(1, 9))
_VISITS: tuple[tuple[float, tuple[_Step, ...]], ...] = (
    (
        30,
        _steps(
            "user_login=.5 navigation=.9 page_load=.9 api_response_time=.5 feature_used=.7 interaction=.6 "
            "navigation=.6 page_load=.5 feature_used=.5 experiment_exposure=.4 form_interaction=.3 "
            "user_profile_update=.05 flow_completion=.2 user_error=.05 session_metric=.7"
        ),
    ),
    (
        16,
        _steps(
            "navigation=.5 activation_started=! activation_mood_logged#0=.85 "
            f"{_ROUNDS} activation_affirmation_selected=.8 activation_breathwork_completed=.7 "
            "activation_mood_logged#1=.8 activation_completed=.9! microact_created=.4",
            45,
        ),
    ),
    (12, _steps("microact_category_selected=.8 microact_created=.85! microact_updated=.3 microact_shared=.45")),
    (
        12,
        _steps("post_liked=.9 post_liked=.5 post_commented=.4 post_created=.3 post_shared=.2 user_followed=.15"),
    ),
    (
        8,
        _steps(
            "wave_registered=.7 wave_joined=.9! wave_interaction=.9 wave_interaction=.6 wave_microact_shared=.4 "
            "wave_interaction=.4 wave_left=.8 wave_feedback_submitted=.4",
            120,
        ),
    ),
    (8, _steps("ai_interaction=1 ai_interaction=.7 ai_failure=.1 ai_interaction=.5 power_confidence_update=.1")),
    (
        4,
        _steps("partner_match=.8 demo_booking=.3 message_consistency=.4 power_confidence_update=.4 flow_completion=.7"),
    ),
    (
        4,
        _steps(
            "page_load=.9 user_error=1 client_error=.5 user_error=.6 api_error=.5 user_error=.4 user_error=.3 "
            "user_error=.3 session_stabilization_failure=.15 session_metric=.4"
        ),
    ),
    (2, _steps("navigation=.9 page_load=.9 interaction=.8 payment_error=.4 stripe_checkout_error=.2")),
    (3, _steps("auth_error=1 auth_error=.5 auth_error=.3 user_login=.8! navigation=.7")),
    (
        6,
        _steps(
            "api_response_time=1 interaction=.8 api_response_time=.8 api_error=.1 api_response_time=.7 "
            "api_timeout=.06 rate_limited=.05 notification_failure=.04 data_consistency_error=.03 ",
            3,
        ),
    ),
)
_MACHINES: tuple[tuple[float, tuple[_Step, ...]], ...] = (
    (10, _steps("background_job=1 cache_performance=.5 db_error=.04 notification_failure=.03", 5)),
    (25, _steps("cache_performance=1 api_response_time=.9 api_response_time=.6 slow_endpoint=.08 api_error=.02", 2)),
    (
        0.4,
        _steps(
            "db_pool_error=.6 auth_system_failure=.2 cascade_failure_detected=.3 security_incident_lockout=.3 "
            "data_consistency_error=.4",
            5,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Walk:
    """The events of some visits, in order: the visit, the event, the seconds since its start, and its number."""

    visit: npt.NDArray[np.int64]
    event: npt.NDArray[np.int16]
    seconds: npt.NDArray[np.float64]
    number: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Steps:
    """The steps of all journeys behind one another; `chance` is how often each of J journeys is chosen."""

    event: npt.NDArray[np.int16]
    likely: npt.NDArray[np.float64]
    needed: npt.NDArray[np.bool_]
    gap: npt.NDArray[np.float64]
    number: npt.NDArray[np.int8]
    first: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    chance: npt.NDArray[np.float64]

    @classmethod
    def of(cls, journeys: Iterable[tuple[float, tuple[_Step, ...]]]) -> Self:
        """Lay journeys, each with its weight, behind one another."""
        listed = list(journeys)
        length = np.array([len(steps) for _, steps in listed])
        event, likely, needed, gap, number = zip(*(step for _, steps in listed for step in steps), strict=True)
        weights = np.array([weight for weight, _ in listed], np.float64)
        return cls(
            np.array([code_of(name) for name in event], np.int16),
            np.array(likely, np.float64),
            np.array(needed, np.bool_),
            np.array(gap, np.float64),
            np.array(number, np.int8),
            np.append(0, np.cumsum(length)[:-1]),
            length,
            weights / weights.sum(),
        )

    @property
    def mean(self) -> float:
        """About how many events a visit has."""
        rng = np.random.default_rng(0)
        return len(self.walk(rng, 4000).visit) / 4000

    def walk(self, rng: Any, visits: int) -> Walk:
        """Walk some visits."""
        journey = rng.choice(len(self.chance), visits, p=self.chance)
        length = self.length[journey]
        visit = np.repeat(np.arange(visits), length)
        before = np.append(0, np.cumsum(length)[:-1])
        step = np.arange(len(visit)) + np.repeat(self.first[journey] - before, length)
        taken = rng.random(len(step)) < self.likely[step]
        ended = np.cumsum(~taken & self.needed[step])
        ended -= np.repeat(np.append(0, ended)[before], length)
        passed = np.cumsum(rng.exponential(self.gap[step]))
        passed -= np.repeat(np.append(0.0, passed)[before], length)
        kept = np.flatnonzero(taken & (ended == 0))
        return Walk(visit[kept], self.event[step[kept]], passed[kept], self.number[step[kept]])


_known = {step[0] for _, steps in (*_VISITS, *_MACHINES) for step in steps}
# told of once in a life, and not as a part of a visit
_once = {"user_consent_update", "user_signup", "trial_conversion"}
VISITS = Steps.of((*_VISITS, *((1.0, _steps(f"{name}=1")) for name in EVENTS if name not in _known | _once)))
"""What people do. An event that no journey has is one of its own."""

MACHINES = Steps.of(_MACHINES)
"""What happens without a person."""

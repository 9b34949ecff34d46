"""What hangs together: who sends, what they agreed to, waves, variants, slow endpoints, and what is wrong."""

from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.facts import Texts
from otel_lift.synthetic.world.happenings import ADDRESSES, GRANTED_AGAIN, LOCKED_OUT, WITHDRAWN, Happenings
from otel_lift.synthetic.world.messages import MESSAGES, VARIANTS
from otel_lift.synthetic.world.options import DAY, HOUR, WorldOptions
from otel_lift.synthetic.world.people import COUNTRIES, DEVICES, PLATFORMS, USER_TYPES, People
from otel_lift.synthetic.world.values import Filling, events_with

__all__ = ["INVALID", "settle"]

INVALID = 0.002
"""Of the events that can, as many lack an attribute, and as many have one that is none of its set."""

_STRANGE = 0.01  # of some numbers are out of their range
_RETIRED = 10 * DAY
_FREE = 0.4  # of the addresses of requests are told


def settle(rng: Any, found: Happenings, filling: Filling, people: People, options: WorldOptions) -> None:
    """Change and add attributes in place."""
    _who(found, filling, people, options)
    _consent(found, filling, people)
    _requests(rng, found, filling)
    _errors(rng, found, filling, options)
    _community(rng, found, filling, options)
    _outcomes(rng, found, filling, people)
    _retired(found, filling, options)
    _wrong(rng, filling)


def _who(found: Happenings, filling: Filling, people: People, options: WorldOptions) -> None:
    known = found.person >= 0
    columns = (
        ("lift.user_type", people.user_type, USER_TYPES),
        ("lift.platform", people.platform, PLATFORMS),
        ("lift.device_type", people.device, DEVICES),
        ("lift.locale", people.locale, COUNTRIES),
    )
    for name, codes, words in columns:
        filling.told[name] = Texts(np.where(known, codes[found.person], -1).astype(np.int32), words)
    versions = tuple(f"3.{week}.0" for week in range(options.days // 7 + 2))
    week = (found.time - options.start_ns) // (7 * DAY)
    filling.told["service.version"] = Texts(np.where(known, week, -1).astype(np.int32), versions)


def _consent(found: Happenings, filling: Filling, people: People) -> None:
    """Write consent into the records of those who send it so, and into the updates of those who do not."""
    person, says = found.person, (found.person >= 0) & people.by_record[found.person] & people.answered[found.person]
    essential, analytics = filling.truths("lift.consent.essential"), filling.truths("lift.consent.analytics")
    essential[says], analytics[says] = people.essential[person[says]], people.analytics[person[says]]
    updates = filling.rows_of("user_consent_update")
    number = found.number[updates]
    first = (number != WITHDRAWN) & (number != GRANTED_AGAIN)
    essential[updates] = np.where(first, people.essential[person[updates]], -1)
    analytics[updates] = np.where(first, people.analytics[person[updates]], number == GRANTED_AGAIN)


def _requests(rng: Any, found: Happenings, filling: Filling) -> None:
    endpoint = filling.texts("http.route")
    given = found.endpoint >= 0
    endpoint[given] = found.endpoint[given]
    for name in ("lift.response_time", "lift.duration_ms"):
        numbers = filling.numbers(name)
        rows = np.flatnonzero((endpoint >= 0) & ~np.isnan(numbers))
        numbers[rows] = np.round(numbers[rows] * (1 + 0.5 * (endpoint[rows] % 5)), 3)
    durations = filling.numbers("lift.duration_ms")
    timeouts, slow = filling.rows_of("api_timeout"), filling.rows_of("slow_endpoint")
    durations[timeouts] = np.round(rng.uniform(10_000, 30_000, len(timeouts)), 3)
    durations[slow] = np.round(1_000 + rng.exponential(1_500, len(slow)), 3)
    status = filling.numbers("http.response.status_code", whole=True)
    for event, codes, likely in (
        ("api_error", (500, 502, 503, 404), (0.6, 0.15, 0.15, 0.1)),
        ("interaction", (200, 201, 404, 500), (0.8, 0.14, 0.04, 0.02)),
    ):
        rows = filling.rows_of(event)
        rows = rows[~np.isnan(status[rows])]
        status[rows] = rng.choice(codes, len(rows), p=likely)
    addresses = np.full(len(found.time), -1, np.int32)
    rows = filling.rows_of(*events_with("client.address"))
    rows = rows[(found.person[rows] >= 0) & (rng.random(len(rows)) < _FREE)]
    addresses[rows] = found.person[rows] % (len(ADDRESSES) - 10)
    addresses[found.address >= 0] = found.address[found.address >= 0]
    filling.told["client.address"] = Texts(addresses, ADDRESSES)


def _errors(rng: Any, found: Happenings, filling: Filling, options: WorldOptions) -> None:
    messages = filling.texts("exception.message")
    for event in events_with("exception.message"):
        rows = filling.rows_of(event)
        rows = rows[rng.random(len(rows)) < 0.9]
        messages[rows] = MESSAGES.choose(rng, found.time[rows], options.end_ns)
    # an error of users comes from a place or two, not from everywhere
    rows = filling.rows_of("user_error")
    template = np.maximum(messages[rows], 0) // VARIANTS
    for name in ("lift.page", "lift.action", "error.type"):
        codes, places = filling.texts(name), filling.places(name, "user_error")
        codes[rows] = np.where(codes[rows] < 0, -1, places[(template + codes[rows] % 2) % len(places)])
    locked = np.flatnonzero(found.number == LOCKED_OUT)
    filling.texts("error.type")[locked] = filling.place("error.type", "lockout")
    # a recovery succeeds only where one was tried
    tried, done = filling.truths("lift.recovery.attempted"), filling.truths("lift.recovery.successful")
    done[tried != 1] = np.minimum(done[tried != 1], 0)


def _community(rng: Any, found: Happenings, filling: Filling, options: WorldOptions) -> None:
    waves = filling.texts("lift.wave_id")
    rows = filling.rows_of(*events_with("lift.wave_id"))
    # a wave lasts eight hours, and whoever visits it late stays in the one they came to
    began = np.maximum.accumulate(np.where(found.visit >= 0, found.time, 0))
    of_visit = dict(zip(found.visit[rows][::-1].tolist(), began[rows][::-1].tolist(), strict=True))
    begun = np.array([of_visit[visit] for visit in found.visit[rows].tolist()], np.int64)
    waves[rows] = (begun - options.start_ns) // (8 * HOUR)
    rounds = filling.rows_of("activation_round_completed")
    filling.numbers("lift.round", whole=True)[rounds] = np.maximum(found.number[rounds], 1)
    logged = filling.rows_of("activation_mood_logged")
    ended = found.number[logged] == 1
    phase = filling.texts("lift.phase")
    phase[logged] = np.where(ended, filling.place("lift.phase", "end"), filling.place("lift.phase", "start"))
    mood = filling.numbers("lift.mood", whole=True)
    mood[logged] = np.minimum(mood[logged] + 8 * ended, 100)
    strange = logged[rng.random(len(logged)) < _STRANGE]
    mood[strange] = 140
    ratings = filling.numbers("lift.rating", whole=True)
    rated = filling.rows_of("wave_feedback_submitted")
    rated = rated[~np.isnan(ratings[rated])]
    ratings[rated[rng.random(len(rated)) < _STRANGE]] = 9


def _outcomes(rng: Any, found: Happenings, filling: Filling, people: People) -> None:
    shown = filling.rows_of("experiment_exposure")
    second = filling.texts("feature_flag.key")[shown] == 1
    person = found.person[shown]
    filling.texts("feature_flag.result.variant")[shown] = np.where(second, person // 7 % 2, people.variant[person])
    ended = filling.rows_of("trial_conversion")
    filling.truths("lift.converted")[ended] = people.converted[found.person[ended]]
    social = filling.place("lift.trial_type", "social")
    filling.texts("lift.trial_type")[ended] = np.where(
        people.user_type[found.person[ended]] == USER_TYPES.index("social"), social, 1 - social
    )
    compared = filling.rows_of("message_consistency")
    filling.numbers("lift.score")[compared[rng.random(len(compared)) < _STRANGE]] = 1.5


def _retired(found: Happenings, filling: Filling, options: WorldOptions) -> None:
    """Have nobody use a feature any more that was taken out some days before the end."""
    used = filling.rows_of("feature_used")
    feature = filling.texts("lift.feature")
    old = (feature[used] == filling.place("lift.feature", "settings")) & (found.time[used] > options.end_ns - _RETIRED)
    feature[used[old]] = filling.place("lift.feature", "notes")


def _wrong(rng: Any, filling: Filling) -> None:
    """Leave an attribute out that an event needs, and say what no set has."""
    endpoint = filling.texts("http.route")
    rows = filling.rows_of("api_error", "api_response_time", "slow_endpoint")
    endpoint[rows[rng.random(len(rows)) < INVALID]] = -1
    used = filling.rows_of("feature_used")
    feature, action = filling.texts("lift.feature"), filling.texts("lift.action")
    feature[used[rng.random(len(used)) < INVALID]] = -1
    foreign: npt.NDArray[np.int64] = used[rng.random(len(used)) < INVALID]
    action[foreign] = filling.place("lift.action", "upload")

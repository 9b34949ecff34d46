"""Who lives in the world: what they agreed to, when they came, and how often they come again."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.options import DAY, HOUR, WorldOptions

__all__ = ["COUNTRIES", "DEVICES", "PLATFORMS", "USER_TYPES", "People"]

USER_TYPES = ("trial", "subscribed", "school", "social")
PLATFORMS = ("web", "ios", "android")
DEVICES = ("desktop", "mobile", "tablet")
COUNTRIES = ("en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR")

_WITHOUT_ANALYTICS = 0.4
_JOINING = 0.35  # of the people sign up within the time of the world
_FIRST = 2 * HOUR

Times = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class People:
    """P people, each an index; all arrays are of shape (P,).

    Those with `by_record` say their consent with every record, the others by `user_consent_update` at `hello`, where
    they answered at all. `withdrawn` and `again` are when analytics were withdrawn and granted again, 0 for never.
    `weight` is how likely a visit is theirs; they come between `hello` and `goodbye`. `trial_ends` is 0 without one.
    """

    ids: list[str]
    user_type: Codes
    platform: Codes
    device: Codes
    locale: Codes
    weight: npt.NDArray[np.float64]
    hello: Times
    goodbye: Times
    joined: Truths
    answered: Truths
    by_record: Truths
    essential: Truths
    analytics: Truths
    withdrawn: Times
    again: Times
    trial_ends: Times
    converted: Truths
    variant: Codes

    @classmethod
    def of(cls, options: WorldOptions) -> Self:
        """Make the people of a world."""
        rng = np.random.default_rng([options.seed, 1])
        count, length = options.people, options.days * DAY
        start = options.start_ns
        joined = rng.random(count) < _JOINING
        hello = np.where(
            joined,
            start + (rng.random(count) * 0.98 * length).astype(np.int64),
            start + (rng.random(count) ** 2 * 0.3 * length).astype(np.int64),
        )
        stays = (rng.exponential(0.6 * length, count) + 2 * DAY).astype(np.int64)
        analytics = rng.random(count) >= _WITHOUT_ANALYTICS
        answered = analytics | (rng.random(count) < 0.6)
        by_record = rng.random(count) < 0.6
        ledger = analytics & ~by_record
        withdraws = ledger & (rng.random(count) < 0.05)
        withdrawn = hello + _FIRST + (rng.random(count) * 0.5 * length).astype(np.int64)
        withdraws &= withdrawn < options.end_ns - DAY
        again = withdrawn + _FIRST + (rng.random(count) * 0.3 * length).astype(np.int64)
        returns = withdraws & (rng.random(count) < 0.3) & (again < options.end_ns - HOUR)
        user_type = rng.choice(4, count, p=(0.25, 0.35, 0.25, 0.15)).astype(np.int32)
        variant = rng.integers(0, 2, count).astype(np.int32)
        ends = hello + (rng.integers(5, 15, count) * DAY) + (rng.random(count) * 10 * HOUR).astype(np.int64)
        tries = joined & (user_type != 1) & (ends < options.end_ns)
        chance = np.where(user_type == 3, 0.2, 0.28) + 0.12 * variant
        return cls(
            ids=[f"user-{number:06d}" for number in range(count)],
            user_type=user_type,
            platform=rng.choice(3, count, p=(0.5, 0.2, 0.3)).astype(np.int32),
            device=rng.choice(3, count, p=(0.45, 0.45, 0.1)).astype(np.int32),
            locale=rng.integers(0, len(COUNTRIES), count).astype(np.int32),
            weight=rng.lognormal(0.0, 1.0, count),
            hello=hello,
            goodbye=hello + stays,
            joined=joined,
            answered=answered,
            by_record=by_record,
            essential=answered & (analytics | (rng.random(count) < 0.7)),
            analytics=analytics,
            withdrawn=_only(withdraws, withdrawn),
            again=_only(returns, again),
            trial_ends=_only(tries, ends),
            converted=rng.random(count) < chance,
            variant=variant,
        )

    def __len__(self) -> int:
        return len(self.ids)


def _only(where: Truths, times: Any) -> Times:
    return np.where(where, times, 0).astype(np.int64)

"""The decision: which messages may be kept, from everything that is known of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otel_lift_consent.answers import Bits

__all__ = ["DECISIONS", "DENIED", "GRANTED", "NOT_REQUIRED", "Known", "decide"]

GRANTED, DENIED, NOT_REQUIRED = range(3)
DECISIONS = ("granted", "denied", "not_required")
"""Decisions in the order of their codes, as `lift.consent` names them."""

_DENIALS = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of n messages; arrays have shape (n,).

    `category` is the code of the category that is needed. `timed` are the answers that were given with the message, so
    at its `time` (Unix nanoseconds); `untimed` those of its scope and resource, which were set at an unknown time.
    `standing` is the ledger's entry for the person and that category: the time of a grant, the time of a withdrawal as
    a negative number, or 0. `personal` says whether the message is about a person.
    """

    category: npt.NDArray[np.int64]
    timed: Bits
    untimed: Bits
    time: npt.NDArray[np.int64]
    standing: npt.NDArray[np.int64]
    personal: npt.NDArray[np.bool_]
    exempt: npt.NDArray[np.bool_]


def decide(known: Known, *, denied_by_header: bool, granted_by_default: bool) -> npt.NDArray[np.int8]:
    """Answer each message's decision code, int8 of shape (n,).

    A denial anywhere wins, but for one in the ledger, which a newer grant with the message outweighs. Grants of
    unknown time never outweigh a withdrawal. A message that is not about a person, and for whose category nobody
    answered, needs no consent.
    """
    category = known.category
    answered = known.timed | known.untimed
    denied = (answered >> (category + _DENIALS)) & 1 == 1
    if denied_by_header:
        denied |= category > 0
    withdrawn = known.standing < 0
    with_message = (known.timed >> category) & 1 == 1
    before = (known.untimed >> category) & 1 == 1
    granted = (with_message | before | granted_by_default) & ~withdrawn
    granted |= with_message & (known.time > -known.standing)
    granted |= known.standing > 0
    required = known.personal | denied | with_message | before
    decision = np.where(granted & ~denied, np.int8(GRANTED), np.int8(DENIED))
    decision[~required | known.exempt] = NOT_REQUIRED
    return decision

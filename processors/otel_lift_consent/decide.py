"""The decision: which messages may be kept, from everything that is known of them.

The rule, for a message at time t (never later than its arrival), its person p and the category c that it needs. Let
state(t) be the ledger's last entry of p and c with an event time of at most t (of equal times the withdrawal), and W
the event time of their last withdrawal.

a. A denial anywhere in the message denies: in the record, its scope or resource, in baggage, by the header Sec-GPC.
b. The ledger denies if its last entry of all is a withdrawal, or state(t) is one; unless the message's own grant, in
   the record itself, is newer than W.
c. Else it is granted by record, resource, scope or baggage, or by the ledger: by a grant that is state(t).
d. Else the default decides.

A message about nobody, for whose category nobody answered, needs no consent.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otel_lift_consent.answers import Bits
from otel_lift_consent.standings import Standing

__all__ = ["BY_RECORD", "DECISIONS", "DENIED", "GRANTED", "NOT_REQUIRED", "Known", "decide"]

GRANTED, DENIED, NOT_REQUIRED, BY_RECORD = range(4)
DECISIONS = ("granted", "denied", "not_required", "granted_by_record")
"""Decisions in the order of their codes, as `lift.consent` names them."""

_DENIALS = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of n messages; arrays have shape (n,).

    `category` is the code of the category that is needed. `said` are the answers of the record, its scope and resource,
    and of baggage; `own` is the time (Unix nanoseconds) of the grant of that category in the record itself, negative
    where there is none. `standing` is the ledger's word, `personal` says whether the message is about a person.
    """

    category: npt.NDArray[np.int64]
    said: Bits
    own: npt.NDArray[np.int64]
    standing: Standing
    personal: npt.NDArray[np.bool_]
    exempt: npt.NDArray[np.bool_]


def decide(known: Known, *, denied_by_header: bool, granted_by_default: bool) -> npt.NDArray[np.int8]:
    """Answer each message's decision code, int8 of shape (n,), by the rule above."""
    category, standing = known.category, known.standing
    denied = (known.said >> (category + _DENIALS)) & 1 == 1
    if denied_by_header:
        denied |= category > 0
    granted = (known.said >> category) & 1 == 1
    own = known.own >= 0
    required = known.personal | denied | granted
    newer = own & (known.own > standing.withdrawn)
    allowed = np.where(standing.denied, newer, granted | standing.granted | granted_by_default)
    decision = np.where(own, np.int8(BY_RECORD), np.int8(GRANTED))
    decision[denied | ~allowed] = DENIED
    decision[~required | known.exempt] = NOT_REQUIRED
    return decision

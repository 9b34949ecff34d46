r"""The detectors by value: what each looks for, where it can be, and how a candidate is checked.

Patterns are RE2 syntax. They keep off ``\pL`` and ``\\s`` inside negated classes: Unicode classes make RE2's automaton
forty times slower; ``\x{80}-\x{10ffff}`` says the same in one state.
"""

from collections.abc import Sequence

from otel_lift_redaction.detectors.model import Detector
from otel_lift_redaction.detectors.network import EMAIL, IPV4_HOST, MACHINES, PLACES
from otel_lift_redaction.detectors.people import ACCOUNTS, IDENTIFIERS, telephones
from otel_lift_redaction.detectors.secrets import SECRETS
from otel_lift_redaction.detectors.services import KEYS, TOKENS

__all__ = ["BUILT_IN", "IPV4_HOST", "REGIONS", "Detector", "built_in"]

REGIONS = ("US", "GB", "DE", "FR")
"""The regions of which telephone numbers are found without their country, unless a configuration says others."""


def built_in(regions: Sequence[str] = REGIONS) -> tuple[Detector, ...]:
    """Answer the built-in detectors in the order in which they are applied: the more specific first."""
    return (
        *TOKENS,
        *KEYS,
        *SECRETS,
        EMAIL,
        *ACCOUNTS,
        *IDENTIFIERS,
        *telephones(regions),
        *MACHINES,
        *PLACES,
    )


BUILT_IN = built_in()
"""The built-in detectors of a configuration that says nothing about them."""

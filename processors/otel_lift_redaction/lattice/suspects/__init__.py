"""Suspects: the cheap test that decides which texts of a column the lattice has to decode.

A text is a suspect where one of its layers may have something that a rule finds and the text as it stands does not
show: `Suspects` decodes each text as far as is needed to see a trigger, and answers the few that are worth the work.
"""

from typing import TYPE_CHECKING

from otel_lift.implementations import choose

if TYPE_CHECKING:
    import otel_lift_redaction.lattice.suspects.pure as _chosen
else:
    _chosen = choose(__name__)

__all__ = ["Suspects"]

Suspects = _chosen.Suspects

"""What errors say: templates with numbers in them, some of which come new or come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.options import DAY, HOUR

__all__ = ["MESSAGES", "VARIANTS", "Messages", "template_of"]

_TEMPLATES = (
    "could not save item {} of the list",
    "upstream answered {} after retries",
    "timed out after {} ms while loading",
    "permission to open folder {} is missing",
    "cannot read properties of undefined at position {}",
    "connection was reset, attempt {}",
    "the form has {} fields that are not valid",
    "unexpected end of answer in part {}",
    "version {} of the document is gone",
    "queue is full with {} entries",
)
VARIANTS = 40
"""Messages of one template."""
_NEW, _BACK = 8, 9  # the template that is only of the last hours, and the one that was gone for a week


@dataclass(frozen=True)
class Messages:
    """All messages; message m is of template ``m // 40``."""

    words: Sequence[str]

    @staticmethod
    @cache
    def made() -> "Messages":
        """Answer the messages."""
        return Messages([text.format(17 + 13 * n) for text in _TEMPLATES for n in range(VARIANTS)])

    def choose(self, rng: Any, times: npt.NDArray[np.int64], end: int) -> npt.NDArray[np.int32]:
        """Choose a message for each time of a world that ends at `end`."""
        template = np.minimum(rng.exponential(2.4, len(times)), len(_TEMPLATES) - 1).astype(np.int32)
        before = end - times
        early = (template == _NEW) & (before > 5 * HOUR)
        away = (template == _BACK) & (before > 40 * 60 * 10**9) & (before < 7 * DAY)
        template[early | away] = 0
        chosen: npt.NDArray[np.int32] = template * VARIANTS + rng.integers(0, VARIANTS, len(times), np.int32)
        return chosen


MESSAGES = Messages.made()
"""What errors can say."""


def template_of(message: int) -> str:
    """Answer the template of a message, with what varies as a placeholder."""
    return _TEMPLATES[message // VARIANTS].format("<num>")

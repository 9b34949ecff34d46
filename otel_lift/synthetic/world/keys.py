"""The world's own keys, made from its seed: two rotations, and so three epochs."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.keys import KeyRing
from otel_lift.synthetic.world.options import SECOND, WorldOptions
from otel_lift.synthetic.world.people import People

__all__ = ["EPOCHS", "WorldKeys"]

EPOCHS = 3


@dataclass(frozen=True)
class WorldKeys:
    """The keys of a world; none of them keeps anything secret."""

    options: WorldOptions

    def text(self, epoch: int) -> str:
        """Write the key file as it is in an epoch (0 to 2): no key that comes later."""
        return "".join(self._lines[: epoch + 2])

    @cached_property
    def rings(self) -> tuple[KeyRing, ...]:
        """The ring of each epoch."""
        return tuple(KeyRing.parse(self.text(epoch), "the world's keys") for epoch in range(EPOCHS))

    def epochs(self, received: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Answer the epoch in which something was received."""
        return np.searchsorted(np.array(self.options.rotations), received, side="right")

    def subjects(self, people: People) -> list[Any]:
        """Answer the pseudonyms of all people in each epoch, as bytes of 32."""
        return [ring.people(people.ids)[0] for ring in self.rings]

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        starts = (self.options.start_ns, *self.options.rotations)
        lines = [f"ledger: {self._secret('ledger')}\n"]
        for epoch, start in enumerate(starts):
            day = datetime.fromtimestamp(start // SECOND, UTC).date().isoformat()
            lines.append(f"epoch-{epoch}: {self._secret(str(epoch))}, {day}\n")
        return tuple(lines)

    def _secret(self, name: str) -> str:
        return hashlib.sha256(f"a made-up world {self.options.seed} {name}".encode()).hexdigest()

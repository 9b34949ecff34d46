"""`Gate`: what holds up a loop that works in rounds."""

import threading

__all__ = ["Gate"]


class Gate:
    """Lets rounds begin, except while somebody holds it; holding it waits for the round that is on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holders = 0
        self._busy = False

    @property
    def held(self) -> bool:
        """Whether a round should end soon, since somebody waits."""
        return self._holders > 0

    def enter(self, given_up: threading.Event) -> bool:
        """Begin a round once nobody holds the gate; false if `given_up` was set, after which `wake` must be called."""
        with self._changed:
            self._changed.wait_for(lambda: not self._holders or given_up.is_set())
            self._busy = not given_up.is_set()
            return self._busy

    def leave(self) -> None:
        """End the round."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def wake(self) -> None:
        """Have those that wait look at what they wait for."""
        with self._changed:
            self._changed.notify_all()

    def hold(self) -> None:
        """Let no further round begin until `release`, and wait for the end of the one that is on."""
        with self._changed:
            self._holders += 1
            self._changed.wait_for(lambda: not self._busy)

    def release(self) -> None:
        """End what `hold` began; the last one of several counts."""
        with self._changed:
            self._holders -= 1
            self._changed.notify_all()

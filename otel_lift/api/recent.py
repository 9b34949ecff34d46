"""Answers that were just made: who asks the same at the same time shares one."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

__all__ = ["Recent"]

_Rows = list[dict[str, Any]]
_MOST = 256  # answers that are kept
_LARGEST = 2000  # rows of one


@dataclass(frozen=True, slots=True)
class _Made:
    at: float
    rows: "Future[_Rows]"


class Recent:
    """Keeps the rows of questions for some seconds, by tenant and question; any thread may ask.

    Rows are shared and must not be changed. They are those of the store: what a caller may see of them is not decided
    here.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any; `clock` answers seconds."""
        self._clock = clock
        self._guard = threading.Lock()
        self._made: OrderedDict[tuple[str, Hashable], _Made] = OrderedDict()

    def rows(self, tenant: str, question: Hashable, seconds: float, ask: Callable[[], _Rows]) -> _Rows:
        """Answer the rows of a question: those made in the last `seconds`, or that somebody waits for, or else anew.

        With 0 seconds it is always asked. Raises what `ask` raises, to all who wait for it.
        """
        key = (tenant, question)
        with self._guard:
            known = self._made.get(key)
            if known is not None and self._clock() - known.at < seconds:
                rows, mine = known.rows, False
            else:
                rows, mine = Future(), True
                self._made[key] = _Made(self._clock(), rows)
                self._made.move_to_end(key)
                if len(self._made) > _MOST:
                    self._made.popitem(last=False)
        if mine:
            self._ask(key, rows, ask)
        return rows.result()

    def forget(self, tenant: str) -> None:
        """Use no answer of a tenant again: something has changed."""
        with self._guard:
            for key in [key for key in self._made if key[0] == tenant]:
                del self._made[key]

    def _ask(self, key: tuple[str, Hashable], rows: "Future[_Rows]", ask: Callable[[], _Rows]) -> None:
        keep = False
        try:
            found = ask()
            keep = len(found) <= _LARGEST
            rows.set_result(found)
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            rows.set_exception(error)
        finally:
            with self._guard:
                known = self._made.get(key)
                if not keep and known is not None and known.rows is rows:
                    del self._made[key]

"""Live figures and errors: asked once for a tenant, whoever listens, and handed to all who do."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from otel_lift.api.anonymity import hide_small_groups
from otel_lift.api.backend import Backend
from otel_lift.api.callers import Caller
from otel_lift.api.questions import engine_settings
from otel_lift.api.work import Work
from otel_lift.jobs.running import told
from otel_lift.queries import Given, Role, ask, json_rows
from otel_lift.store import Store

__all__ = ["Feeds", "Listener", "Update"]

logger = logging.getLogger(__name__)

_PERIOD = 2.0  # seconds between two looks
_BACK = "-15m"  # how far back errors are looked for, as some arrive late
_AT_ONCE = 100  # errors of one look
_KNOWN = 2000  # errors that are told from new ones
_KEPT = 200  # errors for who was gone for a moment
_QUEUE = 300  # updates that a slow listener may be behind; older ones are dropped


@dataclass(frozen=True, slots=True)
class Update:
    """Something new: `kind` is ``metrics`` or ``error``; `id` tells an error apart."""

    kind: str
    row: Mapping[str, Any]
    id: str = ""


@dataclass(eq=False, slots=True)
class Listener:
    """One who listens; `queue` has what they have not had yet."""

    caller: Caller
    queue: deque[Update] = field(default_factory=lambda: deque(maxlen=_QUEUE))
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def wants_errors(self) -> bool:
        """Whether single errors, with their pseudonyms, may be shown."""
        return self.caller.may(Role.ON_CALL)

    def give(self, update: Update) -> None:
        """Add an update; of figures only the newest stays."""
        if update.kind == "metrics":
            self.queue = deque((one for one in self.queue if one.kind != "metrics"), _QUEUE)
        self.queue.append(update)
        self.fresh.set()

    async def next(self, seconds: float) -> list[Update]:
        """Answer what is new, waiting at most so many seconds for it."""
        try:
            await asyncio.wait_for(self.fresh.wait(), seconds)
        except TimeoutError:
            return []
        self.fresh.clear()
        taken = list(self.queue)
        self.queue.clear()
        return taken


class Feeds:
    """One feed a tenant, which runs while anybody listens; used in the event loop only."""

    def __init__(self, backend: Backend, work: Work) -> None:
        """Begin without a listener."""
        self._backend = backend
        self._work = work
        self._feeds: dict[str, _Feed] = {}

    @contextmanager
    def listening(self, caller: Caller, last: str = "") -> Iterator[Listener]:
        """Listen inside the block; `last` is the id of the error that was had last, before a pause."""
        feed = self._feeds.get(caller.tenant)
        if feed is None:
            feed = self._feeds[caller.tenant] = _Feed(self._backend, self._work, caller.tenant)
        listener = Listener(caller)
        feed.join(listener, last)
        try:
            yield listener
        finally:
            if not feed.leave(listener) and self._feeds.get(caller.tenant) is feed:
                del self._feeds[caller.tenant]

    def close(self) -> None:
        """End all feeds."""
        for feed in self._feeds.values():
            feed.close()


class _Feed:
    def __init__(self, backend: Backend, work: Work, tenant: str) -> None:
        self._backend = backend
        self._work = work
        self._tenant = tenant
        self._settings = engine_settings(backend.config.limits)
        self._listeners: set[Listener] = set()
        self._known: dict[str, None] = {}
        self._kept: deque[Update] = deque(maxlen=_KEPT)
        self._metrics: Mapping[str, Any] | None = None
        self._began = False
        self._failed = ""
        self._task = asyncio.create_task(self._run())

    def join(self, listener: Listener, last: str) -> None:
        self._listeners.add(listener)
        if self._metrics is not None:
            listener.give(self._shown(listener))
        missed = [update.id for update in self._kept]
        if listener.wants_errors and last in missed:
            for update in list(self._kept)[missed.index(last) + 1 :]:
                listener.give(update)

    def leave(self, listener: Listener) -> bool:
        """Answer whether anybody still listens."""
        self._listeners.discard(listener)
        if not self._listeners:
            self.close()
        return bool(self._listeners)

    def close(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                wants_errors = any(one.wants_errors for one in self._listeners)
                self._metrics, rows = await self._work.run(self._look, wants_errors)
                self._tell([row for row in rows if self._is_new(row)])
                self._began = self._began or wants_errors
                self._failed = ""
            except Exception as error:  # noqa: BLE001 - a feed that fails once must go on
                # Once for each reason; the listeners have their heartbeat meanwhile.
                logger.log(logging.DEBUG if told(error) == self._failed else logging.WARNING, "live: %s", told(error))
                self._failed = told(error)
            await asyncio.sleep(_PERIOD)

    def _look(self, wants_errors: bool) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
        store = self._backend.context_of(self._tenant).stores[0].store
        (figures,) = self._asked(store, "realtime", {})
        if not wants_errors:
            return figures, []
        return figures, self._asked(store, "error-feed", {"from": _BACK, "limit": _AT_ONCE})[::-1]

    def _asked(self, store: Store, name: str, given: Mapping[str, Given]) -> list[dict[str, Any]]:
        named = self._backend.queries[name]
        return list(json_rows(ask(store, named, named.bind(given), settings=self._settings)))

    def _is_new(self, row: Mapping[str, Any]) -> bool:
        id_ = _id(row)
        if id_ in self._known:
            return False
        self._known[id_] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        # What was there before the first listener is no news: they have it from the query.
        return self._began

    def _tell(self, errors: list[dict[str, Any]]) -> None:
        updates = [Update("error", row, _id(row)) for row in errors]
        self._kept.extend(updates)
        for listener in self._listeners:
            listener.give(self._shown(listener))
            for update in updates if listener.wants_errors else ():
                listener.give(update)

    def _shown(self, listener: Listener) -> Update:
        assert self._metrics is not None, "looked at before"
        named = self._backend.queries["realtime"]
        shown: Mapping[str, Any] = self._metrics
        if named.people and not listener.caller.sees_small_groups:
            kinds = {name: column.kind for name, column in named.columns.items()}
            k = self._backend.config.anonymity.k
            shown = next(iter(hide_small_groups([shown], named.people, kinds, k)), {})
        return Update("metrics", shown)


def _id(row: Mapping[str, Any]) -> str:
    return f"{row['event_time']}/{row['event_id']}"

"""The job that plants canaries and looks for them, and the operation that does it once."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random, SystemRandom
from typing import Any

from otel_lift.canaries.checking import Leak, Round, find_leaks, missing
from otel_lift.canaries.config import CanariesConfig
from otel_lift.canaries.needles import choose
from otel_lift.canaries.planting import Planted, doors, plant
from otel_lift.config import Configuration
from otel_lift.errors import OtelLiftError, RetryableError
from otel_lift.jobs import Audited, Job, JobContext, Operation, audit
from otel_lift.pipeline import Services
from otel_lift.service.child import tell_trouble

__all__ = ["Watch", "jobs", "operations", "rehearse"]

logger = logging.getLogger(__name__)

_LOOKS = 3  # searches for a planting after it arrived: what is derived from rows comes later than they
_HOLD = 3600.0  # seconds that an alert stays after its cause was last seen
_POLL = 0.25


def jobs(config: Configuration, _services: Services) -> Sequence[Job]:
    """Answer the job that plants and looks, if it is asked for."""
    every = config.service.canaries.every
    return [Job("canaries", every, Watch(config.service.canaries).run)] if every else []


def operations(_config: Configuration, _services: Services) -> Sequence[Operation]:
    """Answer the operation ``canaries run``.

    It yields an answer for each canary, with `kind`, `form`, `place`, `arrived` and, in `found`, the places where it
    leaked; and in the end ``{"planted": n, "missing": n, "leaked": n}``.
    """
    return [Operation("canaries run", rehearse, _audited)]


def rehearse(context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Plant once, wait until all is stored, and search. Raises ConfigError and the errors of senders and stores."""
    config, rng, at = context.config.service.canaries, SystemRandom(), time.time()
    planted = [
        item
        for door in doors(context.config, config.receiver)
        for item in plant(rng, door, choose(rng, config), time.time_ns())
    ]
    one = Round(planted, at)
    deadline = time.monotonic() + config.arrive_within
    while (late := _late(context, one)) and time.monotonic() < deadline:
        time.sleep(_POLL)
    found: dict[Planted, list[str]] = {}
    for leak in find_leaks(context, [one]):
        found.setdefault(leak.planted, []).append(leak.where)
    for item in planted:
        yield {
            "kind": item.canary.kind,
            "form": item.canary.form,
            "place": item.place,
            "arrived": item not in late,
            "found": found.get(item, []),
        }
    yield {"planted": len(planted), "missing": len(late), "leaked": len(found)}


def _audited(last: Mapping[str, Any]) -> Audited:
    return Audited(details={name: str(value) for name, value in last.items()})


def _late(context: JobContext, one: Round) -> set[Planted]:
    """Answer what is not in every store."""
    return {item for store in context.stores for item in missing(store, one.planted, one.at)}


class Watch:
    """Plants at every run, and looks for what the last runs planted. What it planted is in its memory only."""

    def __init__(self, config: CanariesConfig, rng: Random | None = None) -> None:
        """Begin with nothing planted."""
        self._config = config
        self._rng = rng or SystemRandom()
        self._turn = 0
        self._rounds: list[Round] = []
        self._told: set[Leak] = set()
        self._refused_since = 0.0
        self._alerts: dict[str, float] = {}
        self._trouble = ""

    def run(self, context: JobContext) -> None:
        """Look for all that is planted, tell what is wrong, and plant anew."""
        try:
            for one in list(self._rounds):
                self._await(context, one)
            for leak in find_leaks(context, self._rounds):
                self._tell_leak(context, leak)
            self._end_rounds(context)
            self._plant(context)
        finally:
            self._tell_state(context)

    def _await(self, context: JobContext, one: Round) -> None:
        if one.looks:
            one.looks += 1
            return
        late = _late(context, one)
        if not late:
            one.looks = 1
        elif time.time() - one.at > self._config.arrive_within:
            self._rounds.remove(one)
            self._alert(
                context,
                f"{len(late)} of {len(one.planted)} canaries did not arrive in every store within "
                f"{self._config.arrive_within:g} s",
                Audited(details={"missing": str(len(late)), "planted": str(len(one.planted))}),
            )
            context.meter.count("canary_missing", len(late))

    def _end_rounds(self, context: JobContext) -> None:
        ended = [one for one in self._rounds if one.looks >= _LOOKS]
        for one in ended:
            context.meter.count("canary_checked", len(one.planted))
            self._rounds.remove(one)
        gone = {item for one in ended for item in one.planted}
        self._told = {leak for leak in self._told if leak.planted not in gone}

    def _plant(self, context: JobContext) -> None:
        ways = doors(context.config, self._config.receiver)
        door = ways[self._turn % len(ways)]
        self._turn += 1
        now = time.time()
        try:
            planted = plant(self._rng, door, choose(self._rng, self._config), time.time_ns())
        except RetryableError as error:
            self._refused_since = self._refused_since or now
            if now - self._refused_since > self._config.arrive_within:
                self._alert(context, str(error), Audited(details={"refused": door.protocol}))
            return
        self._refused_since = 0.0
        self._rounds.append(Round(planted, now))

    def _tell_leak(self, context: JobContext, leak: Leak) -> None:
        if leak in self._told:
            return
        self._told.add(leak)
        canary = leak.planted.canary
        context.meter.count("canary_leaks", kind=canary.kind, form=canary.form)
        self._alert(
            context,
            f"a canary leaked: {canary.kind} written as {canary.form} stands in {leak.where}; "
            f"it was sent in {leak.planted.place}",
            Audited(
                rows={leak.table: 1},
                details={"kind": canary.kind, "form": canary.form, "where": leak.where, "sent": leak.planted.place},
            ),
        )

    def _alert(self, context: JobContext, text: str, audited: Audited) -> None:
        logger.error("%s", text)
        self._alerts[text] = time.time()
        try:
            audit(context, "job:canaries", "canary alert", audited, "failed")
        except OtelLiftError:
            logger.exception("the alert is not in the audit log")

    def _tell_state(self, context: JobContext) -> None:
        before = time.time() - _HOLD
        self._alerts = {text: at for text, at in self._alerts.items() if at > before}
        context.meter.gauge("canary_alert", bool(self._alerts))
        trouble = "; ".join(list(self._alerts)[-3:])
        if trouble != self._trouble:
            self._trouble = trouble
            tell_trouble(trouble)

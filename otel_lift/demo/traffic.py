"""The visitors at work: their visits as real requests, side by side, in a thread of their own."""

import asyncio
import threading
from dataclasses import dataclass, field

import httpx

from otel_lift.demo.visits import AGREED, Step, Visit, visits

__all__ = ["Tally", "Traffic"]

_TIMEOUT = 30.0


@dataclass(slots=True)
class Tally:
    """What the visitors did so far; `beacons` are events that went straight to the gateway, and were acknowledged."""

    visitors: int = 0
    without_consent: int = 0
    withdrawn: int = 0
    gpc: int = 0
    beacons: int = 0
    acknowledged: int = 0
    secrets: set[str] = field(default_factory=set)


class Traffic:
    """Sends visits at `rate` a second to the app at `app` and the gateway at `gateway`, both ``host:port``."""

    def __init__(self, app: str, gateway: str, *, rate: float, seed: int) -> None:
        self.tally = Tally()
        self._app = f"http://{app}"
        self._gateway = f"http://{gateway}"
        self._rate = rate
        self._seed = seed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="visitors", daemon=True)

    def start(self) -> None:
        """Let the visitors come."""
        self._thread.start()

    def stop(self) -> None:
        """Let no more come, let the others break off after the request they are at, and wait for that."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        async with httpx.AsyncClient(timeout=_TIMEOUT, limits=limits) as client, asyncio.TaskGroup() as group:
            for visit in visits(self._seed):
                if self._stopping.is_set():
                    break
                group.create_task(self._visit(client, visit))
                await asyncio.sleep(1 / self._rate)

    async def _visit(self, client: httpx.AsyncClient, visit: Visit) -> None:
        tally = self.tally
        tally.visitors += 1
        tally.without_consent += not visit.consented
        tally.gpc += visit.gpc
        tally.secrets.update(visit.person.secrets)
        for step in visit.steps:
            await asyncio.sleep(step.pause)
            if self._stopping.is_set():
                return
            accepted = await self._send(client, visit, step)
            tally.withdrawn += step.path == "/consent" and accepted

    async def _send(self, client: httpx.AsyncClient, visit: Visit, step: Step) -> bool:
        tally = self.tally
        body = {**step.body, "consent": AGREED} if step.beacon and step.agreed else step.body
        base = self._gateway if step.beacon else self._app
        headers = visit.headers(step)
        if step.beacon:
            # a connection that is kept may be closed by a worker that the reload ends, just as the beacon is sent
            headers["connection"] = "close"
        tally.beacons += step.beacon
        try:
            answer = await client.request(
                step.method, base + step.path, json=body if step.body else None, headers=headers
            )
        except httpx.HTTPError:
            return False
        tally.acknowledged += step.beacon and answer.is_success
        return answer.is_success

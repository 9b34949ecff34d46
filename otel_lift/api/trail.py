"""The audit log of what is asked: every answer, who had it, and how many rows it was."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from otel_lift.api.backend import Backend
from otel_lift.api.callers import Caller
from otel_lift.api.errors import ApiError
from otel_lift.api.work import Work
from otel_lift.errors import OtelLiftError
from otel_lift.jobs import Audited, JobContext
from otel_lift.jobs.audit_file import AuditRow
from otel_lift.jobs.audit_log import audit, record
from otel_lift.jobs.running import told

__all__ = ["Trail", "actor"]

logger = logging.getLogger(__name__)

_PERIOD = 1.0  # seconds in which reads are gathered
_CHANGES = 256  # changes that may wait to be recorded
_MOST = 20_000  # reads that may wait to be recorded; past that, nobody is answered


def actor(caller: Caller) -> str:
    """Answer how the audit log names a caller."""
    return f"api:{caller.user}"


@dataclass(frozen=True, slots=True)
class _Noted:
    tenant: str
    row: AuditRow


class Trail:
    """Writes reads a second's worth at a time, so that they cost no time, and changes before they are made."""

    def __init__(self, backend: Backend) -> None:
        """Begin with nothing to write; it is done in a thread of its own."""
        self._backend = backend
        self._work = Work("api-audit", 1, _CHANGES)
        self._waiting: list[_Noted] = []

    def read(
        self,
        caller: Caller,
        context: JobContext,
        action: str,
        rows: Mapping[str, int],
        details: Mapping[str, str],
        person: str = "",
    ) -> None:
        """Note what was read, and about whom if it is one; raises ApiError 503 where too much waits to be written."""
        if len(self._waiting) >= _MOST:
            raise ApiError(503, "audit", "the audit log does not take more now; try again", {"Retry-After": "1"})
        row = AuditRow(
            uuid.uuid4().hex,
            time.time_ns(),
            actor(caller),
            action,
            context.gateway,
            person=person,
            rows=dict(rows),
            details=dict(details),
            outcome="done",
        )
        self._waiting.append(_Noted(caller.tenant, row))

    async def change(self, caller: Caller, context: JobContext, action: str, audited: Audited) -> None:
        """Record a change that is about to be made; raises RetryableError if that cannot be kept."""
        await self._work.run(audit, context, actor(caller), action, audited, "done")

    async def run(self) -> None:
        """Write what was noted, again and again, until cancelled; then what is left."""
        try:
            while True:
                await asyncio.sleep(_PERIOD)
                if self._waiting:
                    taken, self._waiting = self._waiting, []
                    # What cannot be kept now waits on, until nobody is answered any more.
                    self._waiting += await asyncio.shield(self._work.run(self._write, taken))
        finally:
            self._write(self._waiting)

    def close(self, timeout: float) -> bool:
        """Begin nothing more; answers whether all that was begun ended within `timeout` seconds."""
        return self._work.close(timeout)

    def _write(self, taken: list[_Noted]) -> list[_Noted]:
        """Write rows to the stores of their tenants, and answer those that cannot be kept."""
        left: list[_Noted] = []
        by_tenant: dict[str, list[_Noted]] = {}
        for one in taken:
            by_tenant.setdefault(one.tenant, []).append(one)
        for tenant, noted in by_tenant.items():
            try:
                record(self._backend.context_of(tenant), [one.row for one in noted])
            except (OtelLiftError, ApiError) as error:
                logger.error("%s reads are not in the audit log yet: %s", len(noted), told(error))  # noqa: TRY400 - no personal text
                left += noted
        return left

"""Named queries, asked for a caller: allowed, about their tenant, within limits, anonymous and on record."""

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from otel_lift.api.anonymity import hide_small_groups
from otel_lift.api.answers import answered, data_points
from otel_lift.api.backend import Backend
from otel_lift.api.callers import Caller
from otel_lift.api.cleaning import Cleaner
from otel_lift.api.config import ApiLimits
from otel_lift.api.errors import ApiError
from otel_lift.api.people import PERSONAL, newest_known, pseudonyms
from otel_lift.api.recent import Recent
from otel_lift.api.recorded import recorded
from otel_lift.api.trail import Trail, actor
from otel_lift.api.work import Work
from otel_lift.errors import ConfigError
from otel_lift.jobs import Audited, JobContext, audit
from otel_lift.queries import Given, NamedQuery, Role, ask, bound_time, json_rows
from otel_lift.queries.times import parse_time

__all__ = ["Asked", "Questions", "check_role", "engine_settings"]

_GRID = 300  # seconds to which windows are rounded for who does not see small groups
_ROUNDED = "the window is rounded down to whole five minutes"
_OPENED = "small groups are shown; the reason is in the audit log"
_LONGEST_REASON = 200
_SHORT = 20_000.0  # seconds of a window over which an answer stands longer
_LONGEST_REUSE = 5.0  # times as long, at most


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a caller; `reason` is why small groups must be seen."""

    caller: Caller
    named: NamedQuery
    given: Mapping[str, Given]
    reason: str | None = None


class Questions:
    """Answers named queries from the stores."""

    def __init__(self, backend: Backend, work: Work, trail: Trail, cleaner: Cleaner) -> None:
        """`work` bounds how many are answered at a time; `cleaner` redacts reasons."""
        self._backend = backend
        self._cleaner = cleaner
        self._work = work
        self._trail = trail
        limits = backend.config.limits
        self._recent = Recent()
        self._reuse = limits.reuse_seconds
        self._most = limits.max_rows
        self._settings = engine_settings(limits)

    async def answer(self, asked: Asked) -> dict[str, Any]:
        """Answer the body; raises ApiError for what may not be asked, and the errors of the store."""
        check_role(asked.caller, asked.named.role)
        return await self._work.run(self._answer, asked)

    def forget(self, tenant: str) -> None:
        """Ask anew whatever is asked next for a tenant, since something has changed."""
        self._recent.forget(tenant)

    def _stands(self, named: NamedQuery) -> float:
        """Answer for how many seconds an answer stands: longer where a window is long and so changes little.

        Who looks at the audit log must find what was done a moment ago, and who is on call what happened.
        """
        if named.role is Role.PRIVACY_OFFICER:
            return 0.0
        longer = 1.0 if named.role is Role.ON_CALL else (named.window or 0) / _SHORT
        return self._reuse * min(max(longer, 1.0), _LONGEST_REUSE)

    def _now(self, named: NamedQuery) -> datetime:
        """Answer this moment as far as it matters: windows up to now are the same while an answer is used again."""
        seconds = time.time()
        grid = self._stands(named)
        return datetime.fromtimestamp(seconds - seconds % grid if grid else seconds, UTC)

    def _answer(self, asked: Asked) -> dict[str, Any]:
        caller, named = asked.caller, asked.named
        context = self._backend.context_of(caller.tenant)
        given, about, sessions = self._without_people(context, asked)
        opened = self._opened(asked)
        anonymous = bool(named.people) and not (caller.sees_small_groups or opened)
        bound = _bind(named, given, self._now(named))
        notes = _round(bound) if named.window is not None and anonymous else []
        rows = self._rows(context, named, bound, sessions)
        if len(rows) > self._most:
            raise ApiError(413, "too_large", f"an answer may have {self._most} rows; ask for fewer")
        kinds = {name: column.kind for name, column in named.columns.items()}
        shown = hide_small_groups(rows, named.people, kinds, self._backend.config.anonymity.k) if anonymous else rows
        details = {"query": named.name, **recorded(named, bound)}
        if opened:
            # Not a second later, as other reads: what is opened is on record before it is seen.
            audited = Audited(about, None, {**details, "reason": opened})
            audit(context, actor(caller), "api.break-glass", audited, "done", caller.tenant)
            notes.append(_OPENED)
        self._trail.read(caller, context, "api.read", {named.name: len(shown)}, details, about)
        return answered(
            list(shown),
            data_points(named, shown),
            query=named.name,
            **({"from": _iso(bound["from"]), "to": _iso(bound["to"])} if named.window is not None else {}),
            columns=[
                {"name": name, "unit": one.unit, "kind": one.kind, "description": one.description}
                for name, one in named.columns.items()
            ],
            hidden=len(rows) - len(shown),
            **({"notes": notes} if notes else {}),
        )

    def _rows(
        self, context: JobContext, named: NamedQuery, bound: dict[str, Any], sessions: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Answer the rows; of the pseudonyms that a session can have, the first with any counts."""
        tenant = context.stores[0].tenant
        rows: list[dict[str, Any]] = []
        for session in sessions or ("",):
            if session:
                bound["session_id"] = session
            asking = partial(self._ask, context, named, dict(bound))
            rows = self._recent.rows(tenant, _question(named, bound), self._stands(named), asking)
            if rows:
                break
        return rows

    def _ask(self, context: JobContext, named: NamedQuery, bound: Mapping[str, Any]) -> list[dict[str, Any]]:
        return list(json_rows(ask(context.stores[0].store, named, bound, settings=self._settings)))

    def _without_people(self, context: JobContext, asked: Asked) -> tuple[dict[str, Given], str, list[str]]:
        """Answer what is given with pseudonyms for ids, the stable one of the person, and those of a session."""
        given, tenant = dict(asked.given), asked.caller.tenant
        about, sessions = "", list[str]()
        for name in PERSONAL & given.keys() & asked.named.parameters.keys():
            raw = str(given[name])
            made = pseudonyms(context, name, raw, tenant)
            if name == "subject":
                given[name] = newest_known(context, made)
                if raw not in made and (ring := context.keys()) is not None:
                    about = ring.person(raw, tenant)
            else:
                given[name], sessions = made[0], made
        return given, about, sessions

    def _opened(self, asked: Asked) -> str:
        """Answer the reason for which an analyst sees small groups, empty where none does; raises ApiError."""
        reason = (asked.reason or "").strip()
        if not reason or asked.caller.sees_small_groups:
            return ""
        if not asked.caller.may(Role.ANALYST):
            raise ApiError(403, "forbidden", "only an analyst may ask for small groups")
        if len(reason) > _LONGEST_REASON or not reason.isprintable():
            raise ApiError(400, "bad_request", f"a reason is a text of at most {_LONGEST_REASON} characters")
        return self._cleaner.clean(reason, asked.caller.tenant)


def engine_settings(limits: ApiLimits) -> dict[str, Any]:
    """Answer what the engine may spend on one question."""
    return {
        "max_execution_time": limits.query_seconds,
        "max_memory_usage": limits.memory_bytes,
        "max_result_rows": limits.max_rows,
        "result_overflow_mode": "throw",
        "timeout_overflow_mode": "throw",
        # The engine would keep the values in its own log.
        "log_queries": 0,
    }


def check_role(caller: Caller, role: Role) -> None:
    """Raise ApiError 403 if a caller may not do what needs at least `role`."""
    if not caller.may(role):
        raise ApiError(403, "forbidden", f"this needs the role {role.value}")


def _question(named: NamedQuery, bound: Mapping[str, Any]) -> Hashable:
    return named.name, tuple((name, repr(value)) for name, value in sorted(bound.items()))


def _bind(named: NamedQuery, given: Mapping[str, Given], now: datetime) -> dict[str, Any]:
    try:
        return named.bind(given, now=now)
    except ConfigError as error:
        # Behind it stands the value, which can be anything.
        raise ApiError(400, "bad_request", str(error).partition(", not '")[0]) from error


def _round(bound: dict[str, Any]) -> list[str]:
    """Round a window down to the grid, so that no narrow difference of two windows tells of few people."""
    before = (bound["from"], bound["to"])
    start, end = (_seconds(bound[name]) // _GRID * _GRID for name in ("from", "to"))
    bound["from"], bound["to"] = (bound_time(moment * 10**9) for moment in (start, max(end, start + _GRID)))
    return [_ROUNDED] if before != (bound["from"], bound["to"]) else []


def _seconds(bound: str) -> int:
    return parse_time(bound, datetime.now(UTC)) // 10**9


def _iso(bound: str) -> str:
    return f"{bound[:10]}T{bound[11:23]}Z"

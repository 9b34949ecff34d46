"""A named query beside its expected answer: asked, brought into one form, and compared."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from golden_questions import ANSWERS, Golden, Question, Rows
from golden_world import HOUR, SECOND

from otel_lift.queries import answer, find
from otel_lift.store import Store

__all__ = ["answered", "bound", "differences", "expected"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN = ("hours", "length", "somebody", "session", "pattern")
_LOOSE = 0.01


def bound(golden: Golden, name: str, case: Mapping[str, Any]) -> tuple[dict[str, Any], Question]:
    """Answer what a query is given in a case, and the question for the expected answer."""
    named = find(name)
    given: dict[str, Any] = {key: value for key, value in case.items() if key not in _OWN}
    if case.get("somebody"):
        given["subject"] = _somebody(golden)
    if case.get("session"):
        given["session_id"] = _session(golden)
    if case.get("pattern"):
        failures = golden.frame[golden.frame["category"] == "failures"]
        given["fingerprint"] = failures["fingerprint"].value_counts().index[0]
    end = golden.end - case.get("hours", 0) * HOUR
    start = end
    if named.window is not None:
        start = max(end - (case["length"] * HOUR if "length" in case else named.window * SECOND), golden.start)
        given = {"from": _moment(start), "to": _moment(end), **given}
    elif "at" in named.parameters:
        given["at"] = _moment(end)
    defaults = {key: parameter.default for key, parameter in named.parameters.items()}
    filters: dict[str, Any] = dict.fromkeys(named.filters, "")
    return given, Question(golden, start, end, {**filters, **defaults, **given})


def answered(store: Store, golden: Golden, name: str, case: Mapping[str, Any], *, raw: bool = False) -> Rows:
    """Ask the store."""
    named = find(name)
    given, _ = bound(golden, name, case)
    table = answer(store, named, given, raw=raw)
    kept = [column for column in named.columns if column not in _left_out(name)]
    columns = [[_plain(value) for value in _nanoseconds(table.column(column)).to_pylist()] for column in kept]
    return list(zip(*columns, strict=True))


def expected(golden: Golden, name: str, case: Mapping[str, Any]) -> Rows:
    """Compute the answer from what was sent."""
    _, question = bound(golden, name, case)
    return [tuple(_plain(value) for value in row) for row in ANSWERS[name].make(question)]


def differences(name: str, found: Rows, wanted: Rows) -> list[str]:
    """Say where two answers differ, a few places; percentiles may by a percent, what is rounded by its last digit."""
    known = ANSWERS.get(name)
    if known is not None and known.unordered:
        found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
    named = find(name)
    columns = [column for column in named.columns if column not in _left_out(name)]
    told = [f"{len(found)} rows, not {len(wanted)}"] if len(found) != len(wanted) else []
    for place, (one, other) in enumerate(zip(found, wanted, strict=False)):
        wrong = [
            f"{column}: {mine!r}, not {right!r}"
            for column, mine, right in zip(columns, one, other, strict=True)
            if not _same(mine, right, loose=known is not None and column in known.loose)
        ]
        if wrong:
            told.append(f"row {place} ({one[0]!r}): {'; '.join(wrong)}")
    return told[:6]


def _left_out(name: str) -> tuple[str, ...]:
    return tuple(ANSWERS[name].without) if name in ANSWERS else ()


def _same(mine: Any, right: Any, *, loose: bool) -> bool:
    if isinstance(mine, (int, float)) and isinstance(right, (int, float)):
        if loose:
            return math.isclose(mine, right, rel_tol=_LOOSE, abs_tol=0.11)
        if isinstance(mine, float) or isinstance(right, float):
            # two ways to add numbers up can round to neighbours
            step = 10.0 ** -_digits(right)
            return math.isclose(mine, right, rel_tol=1e-9, abs_tol=1.01 * step)
    return bool(mine == right)


def _digits(number: float) -> int:
    text = repr(float(number))
    return len(text.partition(".")[2]) if "e" not in text else 6


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int((value.replace(tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1)) * 1000
    if isinstance(value, date):
        return (value - _EPOCH.date()).days * 24 * HOUR
    if isinstance(value, list | tuple):
        return tuple(_plain(one) for one in value)
    if hasattr(value, "item"):
        return value.item()
    return value


def _nanoseconds(column: Any) -> Any:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
    return column


def _moment(nanoseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=nanoseconds // 1000)).isoformat()


def _somebody(golden: Golden) -> str:
    """Choose a person with many failures, who is known under several pseudonyms, under the oldest."""
    failures = golden.frame[(golden.frame["category"] == "failures") & (golden.frame["subject"] != "")]
    of_person = failures.groupby("linked")["subject"].agg(["nunique", "size"]).sort_values(["nunique", "size"])
    mine = golden.frame[golden.frame["linked"] == of_person.index[-1]]
    return str(mine["subject"].iloc[0])


def _session(golden: Golden) -> str:
    failures = golden.frame[(golden.frame["category"] == "failures") & (golden.frame["session_id"] != "")]
    return str(failures["session_id"].value_counts().index[0])

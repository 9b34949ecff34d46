"""The operations of `otel-lift subject`, and the job that keeps erased people erased."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from otel_lift.config import Configuration
from otel_lift.errors import ConfigError, StoreUnavailableError
from otel_lift.jobs import Audited, Job, JobContext, Operation
from otel_lift.pipeline import Services
from otel_lift.registers import read_tombstones
from otel_lift.rights.audited import NUMBER, SHA256, audited_hashes
from otel_lift.rights.erase import erase, lake_of
from otel_lift.rights.export import export
from otel_lift.rights.receipts import Receipts, check_lines, public_key
from otel_lift.rights.search import left_in_lake, left_in_spool, left_in_store
from otel_lift.rights.sweep import EVERY, Sweeper
from otel_lift.rights.who import Who, identify
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["jobs", "operations"]

_WAIT = 30.0  # seconds for the spool to empty, where the command says nothing
_LINES = 500  # receipts in one answer


def jobs(_config: Configuration, _services: Services) -> Sequence[Job]:
    """Answer the job that follows and repeats erasures."""
    return [Job("erasures", EVERY, Sweeper().run)]


def operations(_config: Configuration, _services: Services) -> Sequence[Operation]:
    """Answer ``subject export``, ``subject erase``, ``subject verify`` and ``subject history``.

    Their arguments are `ids`, a list of texts, `tenant`, `sessions` and `wait` (seconds); each but the first may be
    missing, and for the history all.
    """
    return [
        Operation("subject export", _export, _of_rows),
        Operation("subject erase", _erase, _of_receipt),
        Operation("subject verify", _verify, _of_rows),
        Operation("subject history", _history, lambda last: Audited(details={"count": str(last.get("count", 0))})),
    ]


def _export(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from export(context, _remembered(context, _who(context, arguments)), _wait(arguments))


def _erase(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from erase(context, _who(context, arguments), str(arguments.get("actor") or ""), _wait(arguments))


def _verify(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Search every place; after an erasure for what happened until then, and what came later is told apart."""
    who = _remembered(context, _who(context, arguments))
    tombstones = read_tombstones(context.data)
    erased = [tombstones[person].erased_at for person in who.persons if person in tombstones]
    until = min(erased) if len(erased) == len(who.persons) else None
    left: dict[str, dict[str, int]] = {}
    later: dict[str, dict[str, int]] = {}
    away: list[str] = []
    for opened in context.stores:
        try:
            left[opened.exporter] = left_in_store(context, opened, who.needles, who.subjects, until)
            if until is not None:
                every = left_in_store(context, opened, who.needles, (), None)
                newer = {table: rows - left[opened.exporter].get(table, 0) for table, rows in every.items()}
                later[opened.exporter] = {table: rows for table, rows in newer.items() if rows > 0}
        except StoreUnavailableError:
            away.append(opened.exporter)
    left["spool"] = {"spool": spooled} if (spooled := left_in_spool(context.data, who.needles, until)) else {}
    left["lake"] = left_in_lake(lake_of(context), who.needles)
    total: dict[str, int] = {}
    for tables in left.values():
        for table, rows in tables.items():
            total[table] = total.get(table, 0) + rows
    yield {
        "left": left,
        "later": later,
        "away": away,
        "rows": total,
        "erased": until is not None,
        "persons": list(who.persons),
    }


def _history(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the receipts as they lie, those of a person where `ids` name one, and what is wrong with the chain."""
    receipts, known, away = Receipts(context.data), dict[int, str](), list[str]()
    for opened in context.stores:
        try:
            known |= audited_hashes(opened, context.gateway)
        except StoreUnavailableError:
            away.append(opened.exporter)
    given = arguments.get("public_key")
    pem = str(given).encode() if given else receipts.public_key()
    lines = receipts.lines()
    wrong = check_lines(lines, public_key(pem), known)
    persons = _who(context, arguments).persons if arguments.get("ids") else None
    chosen = [line for line in lines if persons is None or any(person.encode() in line for person in persons)]
    for start in range(0, len(chosen), _LINES):
        yield {"receipts": [line.decode(errors="replace") for line in chosen[start : start + _LINES]]}
    yield {"count": len(chosen), "problems": wrong, "away": away, "public_key": pem.decode()}


def _who(context: JobContext, arguments: Mapping[str, Any]) -> Who:
    ids, sessions = arguments.get("ids") or [], arguments.get("sessions") or []
    tenant = arguments.get("tenant") or DEFAULT_TENANT
    if not _texts(ids) or not _texts(sessions) or not isinstance(tenant, str):
        raise ConfigError("`ids` and `sessions` should be lists of texts, and `tenant` a text")
    return identify(context, ids, tenant, sessions)


def _remembered(context: JobContext, who: Who) -> Who:
    """Add what tombstones know of a person: sessions and addresses that were theirs alone."""
    tombstones = read_tombstones(context.data)
    return Who(
        {
            person: {**(tombstones[person].subjects if person in tombstones else {}), **subjects}
            for person, subjects in who.people.items()
        },
        who.tenant,
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _wait(arguments: Mapping[str, Any]) -> float:
    wait = arguments.get("wait")
    return float(wait) if isinstance(wait, int | float) else _WAIT


def _of_rows(last: Mapping[str, Any]) -> Audited:
    persons = last.get("persons") or [""]
    return Audited(persons[0], last.get("rows"), {"persons": " ".join(persons)})


def _of_receipt(last: Mapping[str, Any]) -> Audited:
    if "receipt" not in last:
        return Audited()
    details = {
        NUMBER: str(last["receipt"]["number"]),
        SHA256: str(last["sha256"]),
        "receipt": str(last["line"]),
        "persons": " ".join(last["persons"]),
    }
    return Audited(last["persons"][0], last["rows"], details)

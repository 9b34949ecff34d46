"""What people ask of the ledger by commands: show, history, grant, withdraw."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from otel_lift.errors import ConfigError
from otel_lift.jobs import Audited, JobContext, Operation
from otel_lift.pipeline import Services
from otel_lift.semconv import Consent
from otel_lift.tenants import DEFAULT_TENANT
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.entries import Entry, answers, is_plain, ledger_path
from otel_lift_consent.ledger import Ledger
from otel_lift_consent.sharing import share

__all__ = ["operations"]

_Answers = Iterator[Mapping[str, Any]]


def operations(_config: ConsentConfig, _services: Services) -> Sequence[Operation]:
    """Answer the operations of the consent component.

    Arguments: `id` and `tenant` name the person, whose id is neither stored nor logged; `at` and `known_at` are Unix
    nanoseconds, None for now; `categories`, `purpose`, `source` and `proof` are those of the entries to write.
    """
    return (
        Operation("consent show", _show, _audited),
        Operation("consent history", _history, _audited),
        Operation("consent grant", _grant, _audited),
        Operation("consent withdraw", _withdraw, _audited),
    )


def _show(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    person, now = _person(context, arguments), time.time_ns()
    at, known_at = (arguments.get(name) or now for name in ("at", "known_at"))
    entries = Ledger(ledger_path(context.data)).history(person)
    found = answers(entries, at, known_at)
    yield {
        "person": person,
        "at": at,
        "known_at": known_at,
        "answers": [
            {"category": str(category), "effect": answer.effect, "entry": answer.entry and _told(answer.entry)}
            for category, answer in found.items()
        ],
    }


def _history(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    person = _person(context, arguments)
    entries = Ledger(ledger_path(context.data)).history(person)
    yield {"person": person, "entries": [_told(entry) for entry in entries]}


def _grant(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    return _record(context, arguments, granted=True)


def _withdraw(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    return _record(context, arguments, granted=False)


def _record(context: JobContext, arguments: Mapping[str, Any], *, granted: bool) -> _Answers:
    person, now = _person(context, arguments), time.time_ns()
    at = arguments.get("at") or now
    if not 0 < at <= now:
        raise ConfigError("--at is not between 1970 and now; consent holds from a time that has come")
    texts = {name: str(arguments.get(name) or "") for name in ("purpose", "source", "proof")}
    for name, text in texts.items():
        if not is_plain(text):
            raise ConfigError(
                f"--{name} may be personal data, which the ledger must not hold: use the name or id of a thing, "
                "at most 128 letters, digits and . _ : / -"
            )
    categories = [Consent(name) for name in arguments.get("categories") or ()]
    if not categories:
        raise ConfigError("no category; name one with --category, e.g. --category analytics")
    texts["source"] = texts["source"] or "command"
    written = {**texts, "gateway": context.gateway, "tenant": arguments.get("tenant") or DEFAULT_TENANT}
    entries = [Entry(person, category, granted, at, now, **written) for category in categories]
    Ledger(ledger_path(context.data)).record(entries)
    synced = share(context)
    yield {
        "person": person,
        "entries": [_told(entry) for entry in entries],
        "later": [opened.exporter for opened in context.stores if opened.exporter not in synced],
    }


def _person(context: JobContext, arguments: Mapping[str, Any]) -> str:
    ring = context.keys()
    if ring is None:
        raise ConfigError("no pipeline makes pseudonyms, so nobody can be named; add the processor `pseudonyms`")
    named = str(arguments["id"])
    return ring.person(named, arguments.get("tenant") or DEFAULT_TENANT)


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "category": str(entry.category),
        "granted": entry.granted,
        "event_time": entry.event_time,
        "known_time": entry.known_time,
        "purpose": entry.purpose,
        "source": entry.source,
        "proof": entry.proof,
        "gateway": entry.gateway,
    }


def _audited(last: Mapping[str, Any]) -> Audited:
    entries = last.get("entries", ())
    return Audited(
        person=str(last["person"]),
        rows={"lift_consent": len(entries)},
        details={"categories": " ".join(sorted({entry["category"] for entry in entries}))},
    )

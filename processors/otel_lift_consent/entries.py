"""Entries of the consent ledger: each is one grant or withdrawal, with when it holds and when it was learnt."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otel_lift.registers import Kind
from otel_lift.semconv import Consent
from otel_lift.tenants import DEFAULT_TENANT
from otel_lift_consent.answers import CATEGORIES

__all__ = ["CODES", "LEDGER", "WHAT", "Answer", "Entry", "answers", "is_plain", "ledger_path"]

LEDGER = Kind(
    "lift_consent",
    {
        "tenant": "text",
        "person": "text",
        "category": "text",
        "granted": "bool",
        "event_time": "time",
        "known_time": "time",
        "purpose": "text",
        "source": "text",
        "proof": "text",
        "gateway": "text",
    },
    identity=("person", "category", "granted", "event_time", "purpose", "source", "proof"),
)
"""The register of consent."""

WHAT = "consent ledger"
"""What the register is called in messages."""

CODES: Mapping[str, int] = {str(name): code for code, name in enumerate(CATEGORIES)}
"""The code of each category by its name."""


_LONGEST = 128
_NAME = re.compile(rf"[A-Za-z0-9 ._:/-]{{0,{_LONGEST}}}", re.ASCII)
_NUMBER = re.compile(r"[0-9](?:[ ._:/-]?[0-9]){8}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One grant or withdrawal by a person, who is named by their stable pseudonym.

    It holds from `event_time` on; a gateway learnt of it at `known_time`; both in Unix nanoseconds, at least 1.
    `purpose` is what the data may be used for, `source` where the entry came from (``event``, ``command``, ``gpc``, or
    in an app's own words), `proof` what shows it, e.g. the id of a form, `gateway` who learnt it, `tenant` whose person
    it is.
    """

    person: str
    category: Consent
    granted: bool
    event_time: int
    known_time: int
    purpose: str = ""
    source: str = "event"
    proof: str = ""
    gateway: str = ""
    tenant: str = DEFAULT_TENANT

    @property
    def signed(self) -> int:
        """The event time, negative for a withdrawal."""
        return self.event_time if self.granted else -self.event_time

    def line(self) -> bytes:
        """Write the entry as the register keeps it."""
        return LEDGER.line({name: getattr(self, name) for name in LEDGER.columns})

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Entry":
        """Read an entry from its columns; raises ValueError for a category of another version."""
        return cls(**{**row, "category": Consent(row["category"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered for a category: their last entry, and whether the ledger grants or denies by it.

    `effect` is ``grants``, ``denies`` or ``nothing``.
    """

    entry: Entry | None
    effect: str


def is_plain(text: str) -> bool:
    """Say whether a purpose, source or proof is surely the name or id of a thing, so that it may be kept as it is.

    The ledger is written before redaction. A name has at most 128 letters, digits and ``. _ : / -`` or blanks; what has
    nine digits in a row, separated or not, could be a number of a person's, unless it is a UUID.
    """
    if not _NAME.fullmatch(text[: _LONGEST + 1]):
        return False
    return bool(_UUID.fullmatch(text)) or not _NUMBER.search(text)


def ledger_path(data: Path) -> Path:
    """Answer where the ledger of a data folder is."""
    return data / "consent" / "ledger.log"


def answers(entries: Iterable[Entry], at: int, known_at: int) -> dict[Consent, Answer]:
    """Answer by category what the ledger said at `known_at` of a message of the time `at` (both Unix nanoseconds).

    This is rule (b) and (c) of the README without a message's own grant. Categories without entries are absent.
    """
    found: dict[Consent, Answer] = {}
    known = [entry for entry in entries if entry.known_time <= known_at]
    for category in CATEGORIES:
        mine = sorted((entry for entry in known if entry.category == category), key=_order)
        if not mine:
            continue
        until = [entry for entry in mine if entry.event_time <= at]
        state = until[-1] if until else None
        denies = not mine[-1].granted or (state is not None and not state.granted)
        found[category] = Answer(state, "denies" if denies else "grants" if state else "nothing")
    return found


def _order(entry: Entry) -> tuple[int, bool]:
    """Of equal times the withdrawal is the later one."""
    return entry.event_time, not entry.granted

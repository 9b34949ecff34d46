"""Who an id is: all pseudonyms that can stand for it in rows. The id itself stays in memory."""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from otel_lift.errors import ConfigError
from otel_lift.jobs import JobContext
from otel_lift.keys import KeyRing
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Who", "identify", "tie_names"]

_HEX_DIGITS = 32
_DAY = re.compile(r"day-(\d{4}-\d{2}-\d{2})\.key")


@dataclass(frozen=True, slots=True)
class Who:
    """A person: by each stable pseudonym (there is one for each id) the pseudonyms that rows can hold.

    Those are by the key that made them; sessions that were named stand with the first person, as ``session/<n>/<key>``.
    """

    people: Mapping[str, Mapping[str, str]]
    tenant: str = DEFAULT_TENANT

    @property
    def persons(self) -> tuple[str, ...]:
        """The stable pseudonyms."""
        return tuple(self.people)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Pseudonyms of the person, which are counted as people."""
        return tuple(
            dict.fromkeys(made for by_key in self.people.values() for key, made in by_key.items() if "/" not in key)
        )

    @property
    def needles(self) -> tuple[str, ...]:
        """All that is searched for."""
        return tuple(dict.fromkeys(made for by_key in self.people.values() for made in by_key.values()))


def identify(
    context: JobContext, ids: Sequence[str], tenant: str = DEFAULT_TENANT, sessions: Sequence[str] = ()
) -> Who:
    """Answer the pseudonyms of ids that are one person's, under every key that is remembered.

    Raises ConfigError if no pipeline makes pseudonyms, or if an id is empty; no error repeats an id.
    """
    ring = context.keys()
    if ring is None:
        raise ConfigError("no pipeline has the processor `pseudonyms`, so nobody can be found; add it")
    if not ids or not all(id_.strip() for id_ in ids):
        raise ConfigError("name the person by an id that telemetry carried, such as a user.id or an e-mail address")
    people: dict[str, dict[str, str]] = {}
    for id_ in ids:
        person = ring.person(id_, tenant)
        people[person] = {**ring.pseudonyms(id_, tenant), **_of_days(context.data, person)}
    first = next(iter(people.values()))
    for number, session in enumerate(sessions, 1):
        for key in ring.keys:
            alone = KeyRing((key,), ring.ledger)
            first[f"session/{number}/{key.id}"] = alone.session(session, tenant)
    return Who(people, tenant)


def tie_names(context: JobContext) -> tuple[str, ...]:
    """Answer the attributes in which sessions and addresses of people stand, as the processors name them."""
    names: dict[str, None] = {}
    for one in context.config.processors.values():
        if one.component.keys is not None:
            prefixes = ("", *getattr(one.config, "baggage_prefixes", ()))
            ties = (*getattr(one.config, "sessions", ()), *getattr(one.config, "addresses", ()))
            names.update(dict.fromkeys(prefix + name for name in ties for prefix in prefixes))
    return tuple(names)


def _of_days(data: Path, person: str) -> dict[str, str]:
    """Answer the day-lived pseudonyms of a person whose days' keys are still there (see the processor `consent`)."""
    made = {}
    for path in sorted((data / "consent").glob("day-*.key")):
        if match := _DAY.fullmatch(path.name):
            digest = hmac.digest(path.read_bytes(), person.encode(), "sha256")
            made[f"day:{match[1]}"] = digest.hex()[:_HEX_DIGITS]
    return made

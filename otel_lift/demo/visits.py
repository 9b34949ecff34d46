"""What the visitors do: a visit is a person, their consent, and the requests of their browser, all from a seed.

The app does what it is asked, and how a request ends follows from what it carries, so one seed is one course of events.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from otel_lift.demo.people import Person
from otel_lift.demo.practice import practice

__all__ = ["AGREED", "WITHOUT_CONSENT", "Step", "Visit", "visit", "visits"]

WITHOUT_CONSENT = 0.4
"""Share of the visitors who agree to nothing."""

_GPC = 0.15
_WITHDRAWS = 0.35
"""Share of those with consent whose browser sends `Sec-GPC: 1`, and who withdraw consent in the middle of the visit."""

_LOCKED_OUT = 0.15
_MISTYPED = 0.55
_SHARES = 0.3
_BLOCKED = 0.3
"""Share of the sign-ins that end in a lockout, and of those that go wrong at first; of notes that are shared; of errors
that stop their user."""

AGREED = ("essential", "analytics", "personalization")
"""The categories that a visitor with consent has agreed to."""

_PAGES = ("/", "/notes", "/career", "/flashcards", "/settings", "/pricing")
_WITHDRAWN = ("essential", "analytics", "personalization", "marketing")


@dataclass(frozen=True, slots=True)
class Step:
    """A request of a visitor's browser, `pause` seconds after the one before.

    A `beacon` goes straight to the gateway, the rest to the app. `agreed` says whether consent is sent along.
    """

    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    pause: float = 0.3
    beacon: bool = False
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor and their requests, in order. `withdraws` says that they take back the consent they gave."""

    number: int
    person: Person
    consented: bool
    withdraws: bool
    gpc: bool
    steps: tuple[Step, ...]

    def headers(self, step: Step) -> dict[str, str]:
        """Answer the headers of a request; consent travels in a cookie, as long as it holds."""
        person = self.person
        cookie = f"session={person.session_id}; user={person.user_id}"
        if step.agreed:
            cookie += f"; consent={'.'.join(AGREED)}"
        headers = {
            "cookie": cookie,
            "x-forwarded-for": person.address,
            "authorization": f"Bearer {person.token}",
            "user-agent": f"LiftNotes/3.2 ({person.device})",
        }
        return {**headers, "sec-gpc": "1"} if self.gpc else headers


def visit(seed: int, number: int) -> Visit:
    """Answer one visit; it follows from the seed and its number alone."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - a play, not a secret
    person = Person.make(random)
    consented = random.random() >= WITHOUT_CONSENT
    gpc = consented and random.random() < _GPC
    withdraws = consented and not gpc and random.random() < _WITHDRAWS
    steps = _Script(random, person, consented=consented, withdraws=withdraws).write()
    return Visit(number, person, consented, withdraws, gpc, tuple(steps))


def visits(seed: int) -> Iterator[Visit]:
    """Answer visits without end."""
    return (visit(seed, number) for number in count())


class _Script:
    """Writes the steps of one visit."""

    def __init__(self, random: Random, person: Person, *, consented: bool, withdraws: bool) -> None:
        self._random = random
        self._person = person
        self._consented = consented
        self._withdraws = withdraws

    def write(self) -> list[Step]:
        """Answer the steps; of two acts on, a withdrawal comes between the first and the second."""
        acts = [
            self._read_notes,
            self._ask_career_ai,
            self._check_out,
            self._meet_an_error,
            self._be_offline,
            self._practise,
        ]
        self._random.shuffle(acts)
        first, *rest = acts[: self._random.randint(2, len(acts))]
        before = [*self._arrive(), *self._sign_in(), *first()]
        after = [step for act in rest for step in act()]
        if not self._withdraws:
            return [replace(step, agreed=self._consented) for step in (*before, *after)]
        # What the browser sends after the withdrawal says nothing of consent: the ledger must know.
        withdrawal = Step("POST", "/consent", {"source": "settings", "categories": dict.fromkeys(_WITHDRAWN, False)})
        return [*(replace(step, agreed=True) for step in before), withdrawal, *after]

    def _arrive(self) -> Iterator[Step]:
        for page in self._random.sample(_PAGES, self._random.randint(1, 3)):
            yield Step("GET", f"/pages?page={page}")
            load = {"page": page, "load_time": round(self._random.lognormvariate(6.3, 0.7)), "network_latency": 40.0}
            yield self._beacon("page_load", load)

    def _sign_in(self) -> Iterator[Step]:
        def attempt(number: int, *, correct: bool) -> Step:
            body = {"email": self._person.email, "password": self._person.password}
            return Step("POST", "/sign-in", {**body, "correct": correct, "attempt": number})

        kind = self._random.random()
        if kind < _LOCKED_OUT:
            yield from (attempt(number, correct=False) for number in range(1, 6))
            return
        wrong = self._random.randint(1, 2) if kind < _MISTYPED else 0
        yield from (attempt(number, correct=False) for number in range(1, wrong + 1))
        yield attempt(wrong + 1, correct=True)

    def _read_notes(self) -> Iterator[Step]:
        yield Step("GET", f"/notes?characters={self._random.choice((400, 2_000, 60_000))}")
        characters, seconds = self._random.randrange(100, 40_000), self._random.randrange(5, 600)
        yield Step("POST", "/notes", {"characters": characters, "seconds": seconds})
        if self._random.random() < _SHARES:
            # A mistake that many apps make: who somebody is, and a token, in a link.
            yield Step("GET", f"/notes/shared?with={self._person.email}&token={self._person.token}")

    def _ask_career_ai(self) -> Iterator[Step]:
        prompt = f"I am {self._person.email}, call me on {self._person.phone}. What suits me?"
        for _ in range(2):
            yield Step("POST", "/career", {"prompt": prompt, "difficulty": self._random.randrange(10)})

    def _check_out(self) -> Iterator[Step]:
        body = {"card": self._person.card, "phone": self._person.phone, "bank": self._random.randrange(8)}
        yield Step("POST", "/checkout", {**body, "amount": self._random.choice((900, 1_900, 4_900, 12_000))})

    def _meet_an_error(self) -> Iterator[Step]:
        number, email = self._random.randrange(10_000), self._person.email
        message = self._random.choice(
            (
                f"Cannot read properties of undefined (reading 'title') in note {number} of {email}",
                f"Request {number} failed: 403 for {email} from {self._person.address}",
                f"Could not save draft {number}: the quota of {email} is used up",
            )
        )
        stack = f"Error: {message}\n    at NoteEditor.save (https://notes.example.com/static/app.js:{number % 900}:17)"
        blocked = self._random.random() < _BLOCKED
        page = self._random.choice(_PAGES)
        yield Step("POST", "/client-errors", {"message": message, "stack": stack, "page": page, "blocked": blocked})

    def _be_offline(self) -> Iterator[Step]:
        """Send the events of hours without a network late, and again, since the first reply was lost."""
        events = [
            {
                "event_id": self._uuid(),
                "hours_ago": round(self._random.uniform(1, 30), 2),
                "feature": self._random.choice(("flashcards", "notes")),
                "seconds": self._random.randrange(10, 900),
                "agreed": self._consented,
            }
            for _ in range(self._random.randint(1, 3))
        ]
        yield from (Step("POST", "/sync", {"events": events}) for _ in range(2))

    def _practise(self) -> Iterator[Step]:
        for event, data in practice(self._random):
            yield self._beacon(event, data)

    def _beacon(self, event: str, data: Mapping[str, Any]) -> Step:
        """Answer an event that the browser sends to the gateway itself."""
        body = {
            "event": event,
            "event_id": self._uuid(),
            "service": "lift-notes-browser",
            "session_id": self._person.session_id,
            "user_id": self._person.user_id,
            "data": data,
        }
        return Step("POST", "/v1/events", body, 0.1, beacon=True)

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

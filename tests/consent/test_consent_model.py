"""The decision against a plain model that looks at one record at a time."""

import json
import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from otel_lift_consent import REMEMBERED, ConsentConfig, ConsentProcessor, Entry, Ledger, answers, ledger_path
from privacy_rows import NOW, Counts, batch, column

from otel_lift.batch import Signal
from otel_lift.pipeline import Services
from otel_lift.semconv import Consent

EVENTS = {
    None: Consent.ESSENTIAL,
    "api_error": Consent.ESSENTIAL,
    "feature_used": Consent.ANALYTICS,
    "never_heard_of": Consent.ANALYTICS,
    "offer_shown": Consent.MARKETING,
    "user_consent_update": None,
}
PEOPLE = ("a" * 32, "b" * 32)
TIMES = st.integers(NOW - 5, NOW + 2)

single = st.one_of(st.booleans(), st.sampled_from(["true", "granted", "False", "no", "", "?"]))
several = st.lists(st.sampled_from([*Consent, "other"]), max_size=4)
PREFIXES = ("", "baggage.")
said_by_attributes = st.dictionaries(
    st.tuples(st.sampled_from(PREFIXES), st.sampled_from([*Consent, None])), st.none(), max_size=3
).flatmap(
    lambda keys: st.fixed_dictionaries(
        {
            f"{prefix}lift.consent" + (f".{category}" if category else ""): single if category else several
            for prefix, category in keys
        }
    )
)
personal = st.dictionaries(st.sampled_from(["session.id", "client.address", "http.route"]), st.just("x"), max_size=2)


@dataclass
class Record:
    """One log record as the model sees it."""

    event: str | None
    person: str | None
    attributes: dict[str, object]
    resource: int
    time: int


records = st.builds(
    Record,
    event=st.sampled_from([event for event in EVENTS if event != "user_consent_update"]),
    person=st.sampled_from([None, *PEOPLE]),
    attributes=st.builds(lambda one, two: {**one, **two}, said_by_attributes, personal),
    resource=st.integers(0, 1),
    time=TIMES,
)
resources = st.builds(lambda one, two: {**one, **two}, said_by_attributes, personal)
updates = st.builds(
    Entry,
    person=st.sampled_from(PEOPLE),
    category=st.sampled_from(list(Consent)),
    granted=st.booleans(),
    event_time=TIMES,
    known_time=TIMES,
)


def said(attributes: dict[str, object], category: Consent, prefixes: tuple[str, ...] = PREFIXES) -> set[bool]:
    """Answer what attributes say of a category: grants and denials."""
    found = set()
    for prefix in prefixes:
        if f"{prefix}lift.consent.{category}" in attributes:
            answer = attributes[f"{prefix}lift.consent.{category}"]
            if answer != "":
                found.add(answer in (True, "true", "granted"))
        if f"{prefix}lift.consent" in attributes:
            listed = attributes[f"{prefix}lift.consent"]
            assert isinstance(listed, list)
            if category in listed:
                found.add(True)
            elif category is not Consent.ESSENTIAL:
                found.add(False)
    return found


def of_ledger(ledger: list[Entry], person: str | None, category: Consent, time: int) -> tuple[bool | None, int]:
    """Answer what a ledger says of a message of a time, None for nothing, and when the last withdrawal was."""
    entries = sorted(
        (entry for entry in ledger if (entry.person, entry.category) == (person, category)),
        key=lambda entry: (entry.event_time, not entry.granted),
    )
    withdrawn = max((entry.event_time for entry in entries if not entry.granted), default=0)
    until = [entry.granted for entry in entries if entry.event_time <= time]
    if entries and not (entries[-1].granted and (not until or until[-1])):
        return False, withdrawn
    return (True if until else None), withdrawn


def expected(record: Record, resource: dict[str, object], ledger: list[Entry], *, gpc: bool, default: str) -> str:
    """Decide for one record by the rule that the README states."""
    category = EVENTS[record.event]
    assert category is not None
    time = min(record.time, NOW)
    own = True in said(record.attributes, category, ("",))
    found = said(record.attributes, category) | said(resource, category)
    about_person = record.person is not None or bool(
        {"session.id", "client.address"} & (record.attributes.keys() | resource.keys())
    )
    denied = False in found or (gpc and category is not Consent.ESSENTIAL)
    if not (about_person or found or denied):
        return "not_required"
    ledgers, withdrawn = of_ledger(ledger, record.person, category, time)
    if denied or (ledgers is False and not (own and time > withdrawn)):
        return "denied"
    if own:
        return "granted_by_record"
    return "granted" if True in found or ledgers or default == "granted" else "denied"


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sent=st.lists(records, min_size=1, max_size=6),
    shared=st.tuples(resources, resources),
    known=st.lists(updates, max_size=6),
    gpc=st.booleans(),
    default=st.sampled_from(["denied", "granted"]),
)
def test_each_record_is_decided_as_the_model_decides_it(
    sent: list[Record],
    shared: tuple[dict[str, object], dict[str, object]],
    known: list[Entry],
    gpc: bool,
    default: str,
) -> None:
    """For any answers in any places, ledger, header and default, the columns decide as the rule for one record."""
    with tempfile.TemporaryDirectory() as folder:
        Ledger(ledger_path(Path(folder))).record(known)
        config = ConsentConfig.model_validate(
            {
                "default": default,
                "categories": {"offer_shown": "marketing"},
                "actions": dict.fromkeys(Consent, "keep"),
            }
        )
        processor = ConsentProcessor(config, Services("consent", Path(folder), Counts()))
        processor.start()
        done = processor.process(
            batch(
                Signal.LOGS,
                [
                    {
                        "attributes": record.attributes,
                        "resource": record.resource,
                        "time_unix_nano": record.time,
                        "lift.event": record.event,
                        "lift.person": record.person,
                    }
                    for record in sent
                ],
                resources=[{"attributes": attributes} for attributes in shared],
                gpc=gpc,
            )
        )
    assert done is not None
    assert column(done, "lift.consent") == [
        expected(record, shared[record.resource], known, gpc=gpc, default=default) for record in sent
    ]
    assert not any(column(done, "lift.anonymise"))


json_text = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from([*Consent, "$kvlist"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*Consent, "$kvlist", "x"]), inner, max_size=3)
    ),
).map(json.dumps)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=20) | json_text, min_size=1, max_size=5))
def test_no_answer_can_stop_a_batch(texts: list[str]) -> None:
    """Whatever clients write for consent, each record gets a decision."""
    with tempfile.TemporaryDirectory() as folder:
        actions = dict.fromkeys(Consent, "keep")
        processor = ConsentProcessor(
            ConsentConfig.model_validate({"actions": actions}), Services("consent", Path(folder), Counts())
        )
        done = processor.process(
            batch(
                Signal.LOGS,
                [
                    {"attributes": {"lift.consent": text, "lift.consent.analytics": text, "user.id": "x"}}
                    for text in texts
                ],
            )
        )
    assert done is not None
    assert set(column(done, "lift.consent")) <= {"granted_by_record", "denied"}


many = st.builds(
    Entry,
    person=st.sampled_from(PEOPLE),
    category=st.sampled_from([Consent.ANALYTICS, Consent.ESSENTIAL]),
    granted=st.booleans(),
    event_time=st.integers(1, 40),
    known_time=st.just(1),
)


@given(known=st.lists(many, max_size=70), cuts=st.lists(st.integers(0, 70), max_size=4), random=st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_ledger_stands_as_the_model_in_any_order(known: list[Entry], cuts: list[int], random: Random) -> None:
    """In whatever order and pieces entries were learnt, twice, and read from disk, the ledger says what a model says.

    Of people who change their mind so often that the oldest entries are forgotten, it denies at least what that denies.
    """
    shuffled = known * 2
    random.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one = Ledger(Path(folder) / "ledger")
        edges = sorted({0, *cuts, len(shuffled)})
        for start, end in pairwise(edges):
            one.record(shuffled[start:end])
        read = Ledger(Path(folder) / "ledger")
        read.follow()
        for person, category in product(PEOPLE, (Consent.ANALYTICS, Consent.ESSENTIAL, Consent.MARKETING)):
            times = np.arange(1, 42)
            of = pa.array([person] * len(times)), np.full(len(times), list(Consent).index(category)), times
            said, same = one.standing(*of), read.standing(*of)
            assert str(said) == str(same)
            mine = {entry.signed for entry in known if (entry.person, entry.category) == (person, category)}
            for place, time in enumerate(times.tolist()):
                answer, withdrawn = of_ledger(known, person, category, time)
                found = True if said.granted[place] else False if said.denied[place] else None
                if len(mine) <= REMEMBERED:
                    assert (found, said.withdrawn[place]) == (answer, withdrawn)
                elif found != answer:
                    # what was forgotten lies before all that is remembered, and counts as withdrawn
                    assert found is False
                    assert time < sorted(map(abs, mine))[-REMEMBERED]
                    assert said.withdrawn[place] >= withdrawn


@given(
    known=st.lists(
        st.builds(lambda entry, time: replace(entry, known_time=time), many, st.integers(1, 3)), max_size=12
    ),
    at=st.integers(0, 41),
    known_at=st.integers(0, 4),
)
@settings(max_examples=100, deadline=None)
def test_questions_about_the_past_are_answered_with_what_was_known(known: list[Entry], at: int, known_at: int) -> None:
    """`answers` says what the ledger would have decided at `at` by what was known at `known_at`."""
    before = [entry for entry in known if entry.known_time <= known_at]
    for person in PEOPLE:
        found = answers([entry for entry in known if entry.person == person], at, known_at)
        for category in Consent:
            answer, _ = of_ledger(before, person, category, at)
            effect = {True: "grants", False: "denies", None: "nothing"}[answer]
            assert (found[category].effect if category in found else "nothing") == effect

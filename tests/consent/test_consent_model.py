"""The decision against a plain model that looks at one record at a time."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from otel_lift_consent import ConsentConfig, ConsentProcessor, Ledger, Update, ledger_path
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
answers = st.dictionaries(
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
    attributes=st.builds(lambda one, two: {**one, **two}, answers, personal),
    resource=st.integers(0, 1),
    time=TIMES,
)
resources = st.builds(lambda one, two: {**one, **two}, answers, personal)
updates = st.builds(
    Update,
    person=st.sampled_from(PEOPLE),
    category=st.sampled_from(list(Consent)),
    granted=st.booleans(),
    time=TIMES,
)


def said(attributes: dict[str, object], category: Consent) -> set[bool]:
    """Answer what attributes say of a category: grants and denials."""
    found = set()
    for prefix in PREFIXES:
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


def expected(record: Record, resource: dict[str, object], ledger: list[Update], *, gpc: bool, default: str) -> str:
    """Decide as privacy.md says, for one record."""
    category = EVENTS[record.event]
    assert category is not None
    own, shared = said(record.attributes, category), said(resource, category)
    denied = False in own | shared or (gpc and category is not Consent.ESSENTIAL)
    about_person = record.person is not None or bool(
        {"session.id", "client.address"} & (record.attributes.keys() | resource.keys())
    )
    if not (about_person or own or shared or denied):
        return "not_required"
    if denied:
        return "denied"
    entries = [update for update in ledger if (update.person, update.category) == (record.person, category)]
    last = max(entries, key=lambda update: (update.time, not update.granted), default=None)
    if last is not None and last.granted:
        return "granted"
    if last is not None:
        return "granted" if True in own and min(record.time, NOW) > last.time else "denied"
    return "granted" if True in own | shared or default == "granted" else "denied"


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sent=st.lists(records, min_size=1, max_size=6),
    shared=st.tuples(resources, resources),
    known=st.lists(updates, max_size=4),
    gpc=st.booleans(),
    default=st.sampled_from(["denied", "granted"]),
)
def test_each_record_is_decided_as_the_model_decides_it(
    sent: list[Record],
    shared: tuple[dict[str, object], dict[str, object]],
    known: list[Update],
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
    assert set(column(done, "lift.consent")) <= {"granted", "denied"}


@given(st.lists(updates, max_size=12), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_updates_does_not_matter(known: list[Update], random: object) -> None:
    """A ledger that learnt the same updates in another order, twice, and one read from disk, stand the same."""
    shuffled = known * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        one, other = (Ledger(Path(folder) / name) for name in "ab")
        one.record(known)
        for update in shuffled:
            other.record([update])
        read = Ledger(Path(folder) / "b")
        read.follow()
        for person in PEOPLE:
            assert one.show(person) == other.show(person) == read.show(person)

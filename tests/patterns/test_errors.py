"""Which messages are errors, and what their fingerprints depend on."""

import hashlib
import random
import string

import otel_lift_patterns
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pattern_records import Event, Pattern, Patterns, Record, logs, spans
from privacy_rows import calls, readme_example

from otel_lift.batch import Batch, Level, Signal

NONE: Pattern = (None, None)


def fingerprint(record: Record) -> str | None:
    return Patterns().logs(record)[0][1]


def test_the_example_in_the_readme_is_valid() -> None:
    """The README's configuration is read by the component's own model."""
    assert readme_example(otel_lift_patterns.COMPONENT, otel_lift_patterns) == otel_lift_patterns.PatternsConfig()


def test_patterns_come_after_all_that_removes_personal_data() -> None:
    """The component declares what must stand before it in a pipeline."""
    assert otel_lift_patterns.COMPONENT.after == {"pseudonyms", "consent", "redaction"}


def test_log_records_are_errors_by_severity_exception_or_lift_event() -> None:
    """Ordinary logs and Lift events of other groups get neither template nor fingerprint."""
    got = Patterns().logs(
        Record("started", error=False),
        Record("failed 1", error=True),
        Record("caught 2", {"exception.type": "ValueError"}, error=False),
        Record("", {"exception.message": "refused 3"}, error=False, name="lift.payment_error"),
        Record("", {"lift.feature": "notes"}, error=False, name="lift.feature_used"),
        Record("", error=False, name="lift.db_pool_error"),
    )
    assert [template for template, _ in got] == [
        None,
        "failed <num>",
        "caught <num>",
        "refused <num>",
        None,
        "db_pool_error",
    ]
    assert got[0] == got[4] == NONE
    assert all(print_ and len(print_) == 64 for _, print_ in got if print_)


def test_spans_are_errors_by_status_exception_or_lift_event() -> None:
    """A healthy span gets nothing; a failed one is named by its message, its exception event or its own name."""
    got = Patterns().spans(
        Record("", error=False, name="GET /"),
        Record("failed 1", name="GET /"),
        Record("", name="GET /users/42"),
        Record("", error=False, events=[Event(attributes={"exception.message": "boom 4"})]),
        Record("", {"lift.event": "api_timeout"}, error=False),
        Record("", error=False, events=[Event("cache miss", {"key": "1"})]),
    )
    assert [template for template, _ in got] == [None, "failed <num>", "GET <path>", "boom <num>", "api_timeout", None]


def test_a_span_and_its_exception_event_have_one_fingerprint() -> None:
    """What a span lacks is taken from its first exception event, and an event's place from its span."""
    attributes = {"http.route": "/pay", "lift.action": "pay"}
    events = [
        Event("cache miss"),
        Event(attributes={"exception.type": "ValueError", "exception.message": "bad amount 5"}),
        Event(attributes={"exception.type": "KeyError", "exception.message": "second"}),
    ]
    batch = spans([Record("ignored: ValueError", attributes, events=events), Record("other", error=False)])
    records = Patterns().run(batch)
    children = Patterns().run(batch, Level.EVENT)
    assert children[0] == NONE
    assert children[1] == records[0]
    assert records[0][0] == "bad amount <num>"
    assert children[2][1] not in (None, records[0][1])
    assert records[1] == NONE


def test_failure_events_inside_a_span_do_not_make_the_span_an_error() -> None:
    """A Lift failure that was sent as a span event has its own pattern; its span ended well."""
    batch = spans([Record("", error=False, events=[Event("x", {"lift.event": "auth_error", "error.type": "lockout"})])])
    assert Patterns().run(batch) == [NONE]
    assert Patterns().run(batch, Level.EVENT)[0][0] == "auth_error"


@pytest.mark.parametrize(
    ("record", "template"),
    [
        (Record("body", {"exception.message": "exception", "error.message": "error"}), "exception"),
        (Record("body", {"error.message": "error"}), "error"),
        (Record({"level": "error", "message": "from a mapping 5"}), "from a mapping <num>"),
        (Record({"level": "error"}), "{<quoted>:<quoted>}"),
        (Record("", name="job.failed"), "job.failed"),
        (Record(""), ""),
    ],
)
def test_the_message_has_a_stated_order_of_sources(record: Record, template: str) -> None:
    """Exception, error message, body (of a mapping its message), and then a name; an error always has a fingerprint."""
    got = Patterns().logs(record)[0]
    assert got[0] == template
    assert got[1] is not None


def test_the_fingerprint_is_the_hash_of_the_stated_parts() -> None:
    """Anyone can compute it: version, event, type, endpoint, action, template and frames, joined by U+001F."""
    attributes = {"error.type": "E", "http.route": "/pay/{id}", "lift.page": "p", "lift.action": "a"}
    parts = ["1", "api_error", "E", "/pay/{id}", "a", "failed <num>", ""]
    expected = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    assert fingerprint(Record("failed 7", attributes, name="lift.api_error")) == expected


@pytest.mark.parametrize(
    "other",
    [
        Record("failed", {"error.type": "F", "http.route": "/a", "lift.action": "x"}),
        Record("failed", {"error.type": "E", "http.route": "/b", "lift.action": "x"}),
        Record("failed", {"error.type": "E", "lift.page": "/c", "lift.action": "x"}),
        Record("failed", {"error.type": "E", "http.route": "/a", "lift.action": "y"}),
        Record("broken", {"error.type": "E", "http.route": "/a", "lift.action": "x"}),
        Record("failed", {"error.type": "E", "http.route": "/a", "lift.action": "x"}, name="lift.api_error"),
    ],
)
def test_errors_that_differ_in_one_part_differ_in_fingerprint(other: Record) -> None:
    """Type, endpoint, page, action, message and Lift event each tell errors apart."""
    assert fingerprint(other) != fingerprint(
        Record("failed", {"error.type": "E", "http.route": "/a", "lift.action": "x"})
    )


def test_values_left_in_a_page_do_not_split_a_pattern() -> None:
    """A page or route that was sent with an id in it counts as the page without."""
    assert fingerprint(Record("x", {"lift.page": "/users/42/edit"})) == fingerprint(
        Record("x", {"lift.page": "/users/7f3a/edit"})
    )


def test_nothing_else_about_a_record_matters() -> None:
    """Other attributes, severity's name or the order of attributes never change a fingerprint."""
    plain = Record("x", {"error.type": "E", "lift.page": "p"})
    assert fingerprint(plain) == fingerprint(Record("x", {"a": "1", "lift.page": "p", "error.type": "E"}))


PARAMETERS: dict[str, st.SearchStrategy[str]] = {
    "number": st.one_of(
        st.integers(-(10**12), 10**12).map(str),
        st.floats(0.001, 1e6).map(lambda number: f"{number:.6f}"),
        st.integers(10**9, 10**15).map(lambda number: f"{number:,}"),
    ),
    "uuid": st.uuids().map(str),
    "hex": st.integers(2**60, 2**64 - 1).map(lambda number: f"a{number:x}f"),
    "address": st.integers(0, 2**64 - 1).map(hex),
    "ipv4": st.ip_addresses(v=4).map(str),
    "time": st.datetimes().map(lambda time: f"{time.isoformat(timespec='milliseconds')}Z"),
    "quoted": st.text(string.ascii_letters + string.digits + " .@/-é", max_size=20).map(lambda text: f"'{text}'"),
    "email": st.from_regex(r"[a-z]{1,8}[0-9]{0,3}@[a-z]{2,8}\.(com|org|io)", fullmatch=True),
    "path": st.from_regex(r"(/[a-z0-9_]{1,8}){2,5}\.log", fullmatch=True),
    "url": st.from_regex(r"https://[a-z]{2,8}\.com(/[a-z0-9]{1,8}){0,3}(\?[a-z]=[a-z0-9]{1,5})?", fullmatch=True),
    "duration": st.tuples(st.integers(0, 10**6), st.sampled_from(["ms", " ms", "s", " seconds", "min"])).map(
        lambda pair: f"{pair[0]}{pair[1]}"
    ),
    "id": st.from_regex(r"[a-z]{3}_[A-Z]{1,4}[0-9]{1,4}[a-z]{1,8}", fullmatch=True),
}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_a_parameters_value_never_changes_a_pattern(kind: str) -> None:
    """Whatever value of one kind stands in a message, template and fingerprint are the same."""

    @given(one=PARAMETERS[kind], other=PARAMETERS[kind])
    def check(one: str, other: str) -> None:
        got = Patterns().logs(Record(f"cannot handle {one} here"), Record(f"cannot handle {other} here"))
        assert got[0] == got[1]

    check()


MESSAGES = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from(["plan gold is gone", "plan lead is gone", "user 5 failed"])),
    min_size=1,
    max_size=8,
)


@given(messages=MESSAGES, seed=st.integers(0, 100))
def test_neither_order_nor_company_changes_a_fingerprint(messages: list[str], seed: int) -> None:
    """An error's fingerprint is what it is alone, in any order and after any other messages."""
    alone = {message: fingerprint(Record(message)) for message in messages}
    patterns = Patterns()
    shuffled = random.Random(seed).sample(messages, len(messages))
    for batch in (messages, shuffled):
        got = patterns.logs(*(Record(message) for message in batch))
        assert [print_ for _, print_ in got] == [alone[message] for message in batch]


def test_a_small_memory_changes_no_fingerprint() -> None:
    """What a process has forgotten, and how it is configured, leave fingerprints as they are."""
    records = [Record(f"plan {letter}{letter} is gone from {letter}") for letter in string.ascii_letters]
    small = Patterns(max_templates=1, similarity=0.1)
    assert [one for _, one in small.logs(*records)] == [one for _, one in Patterns(similarity=1).logs(*records)]


def test_words_that_vary_become_one_shown_template() -> None:
    """After two values of a plain word the template says that it varies, and the fingerprints stay apart."""
    patterns = Patterns()
    first, second = patterns.logs(Record("no such plan gold"), Record("no such plan lead"))
    assert first[0] == "no such plan gold"
    assert second[0] == "no such plan <*>"
    assert patterns.logs(Record("no such plan gold"))[0] == ("no such plan <*>", first[1])
    assert Patterns(similarity=1).logs(Record("no such plan gold"), Record("no such plan lead"))[1] == (
        "no such plan lead",
        second[1],
    )


def test_long_messages_are_shown_as_they_are() -> None:
    """A message of very many words is not mined, so that it cannot fill the memory."""
    texts = [f"{'a ' * 100}gold", f"{'a ' * 100}lead"]
    assert [template for template, _ in Patterns().logs(*map(Record, texts))] == texts


def test_the_number_of_templates_is_bounded() -> None:
    """A flood of unlike messages is answered, and forgotten ones are learned again."""
    patterns = Patterns(max_templates=3)
    words = [f"{letter} {letter * 2} {letter * 3}" for letter in string.ascii_lowercase]
    assert [template for template, _ in patterns.logs(*map(Record, words * 2))] == words * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "\x1f" * 3,
        "a" * 100_000,
        "'" * 10_000,
        "1" * 50_000,
        "<num>",
        "\\1",
        "🙂" * 5000,
        "[" * 9999,
        "/" * 9999,
    ],
)
def test_hostile_messages_are_answered(text: str) -> None:
    """Empty, endless, odd and look-alike messages get a bounded template, quickly."""
    template, print_ = Patterns().logs(Record(text, {"exception.stacktrace": text}))[0]
    assert template is not None
    assert len(template) <= 512
    assert print_ is not None


def _batch(signal: Signal, size: int) -> Batch:
    trace = 'Traceback (most recent call last):\n  File "/a.py", line 1, in f\n'
    records = [
        Record(
            f"failed {number % 4}",
            {"http.route": "/x", "exception.stacktrace": trace},
            error=number % 2 == 0,
            events=[Event(attributes={"exception.message": f"event {number % 5}"})],
        )
        for number in range(size)
    ]
    return (logs if signal is Signal.LOGS else spans)(records)


@pytest.mark.parametrize("signal", list(Signal))
def test_calls_do_not_grow_with_records(signal: Signal) -> None:
    """A batch of 10,000 records makes as many Python calls as one of 10 with the same distinct messages."""
    small, large = _batch(signal, 10), _batch(signal, 10_000)
    Patterns().processor.process(small)  # what every processor shares is made now
    made = [calls(lambda batch=batch: Patterns().processor.process(batch)) for batch in (small, large)]  # type: ignore[misc]  # bound now
    assert made[0] == made[1]


def test_a_batch_without_errors_is_untouched_and_work_is_counted() -> None:
    """Healthy batches pass as they are; errors are counted by level, and messages only when they are new."""
    patterns = Patterns()
    healthy = spans([Record("", error=False)])
    assert patterns.processor.process(healthy) is healthy
    failing = [Record("failed", events=[Event(attributes={"exception.message": "boom"})])]
    patterns.run(spans(failing * 3))
    patterns.run(spans(failing))
    assert patterns.meter.of("patterns_errors", level="record") == 4
    assert patterns.meter.of("patterns_errors", level="event") == 4
    assert patterns.meter.of("patterns_messages_parameterised") == 1
    assert patterns.processor.process(Batch.empty(Signal.LOGS)) is not None

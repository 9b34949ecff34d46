"""How the processor works on batches: what it says, what it costs, and what it does when something breaks."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_rows import Counts, batch, calls, column
from redaction_needles import SECRETS
from redaction_rows import processor, redacted, spans, values

from otel_lift.batch import Batch, Level, Signal

MEGABYTE = 1_000_000


def test_what_was_done_is_on_the_record_and_counted(tmp_path: Path) -> None:
    """A record says how many values were changed and by which rules, children included; counters say at which level."""
    meter = Counts()
    found = processor(tmp_path, meter).process(
        batch(
            Signal.TRACES,
            [
                {"name": "a@b.example", "attributes": {"x": "a@b.example 203.0.113.9", "y": "fine"}},
                {"name": "fine"},
                {"name": "a@b.example"},
            ],
            resources=[{"attributes": {"host": "a@b.example"}}],
            events=[{"record": 1, "attributes": {"exception.message": "a@b.example"}}],
        )
    )
    assert column(found, "lift.redaction.count") == [2, 1, 1]
    assert column(found, "lift.redaction.rules") == ["email,ipv4", "email", "email"]
    assert meter.seen == {
        ("redactions", (("level", "record"), ("rule", "email"))): 3,
        ("redactions", (("level", "record"), ("rule", "ipv4"))): 1,
        ("redactions", (("level", "resource"), ("rule", "email"))): 1,
        ("redactions", (("level", "event"), ("rule", "email"))): 1,
    }


def test_a_clean_batch_is_passed_on_as_it_is(tmp_path: Path) -> None:
    """A batch with nothing to redact keeps its very columns, and an empty batch is no error."""
    made = processor(tmp_path)
    clean = spans(["nothing here", ""])
    assert made.process(clean) is clean
    assert len(made.process(Batch.empty(Signal.LOGS))) == 0


def test_a_text_that_comes_again_is_redacted_again(tmp_path: Path) -> None:
    """What is remembered of a text says the same as the first look at it, in other company and more than once."""
    made = processor(tmp_path)
    texts = ["a@b.example from 203.0.113.9", "4111 1111 1111 1111", "Bearer of news", "clean", "Chrome/124.0.0.0"]
    first = made.process(spans(texts))
    for _ in range(2):
        again = made.process(spans([*reversed(texts), "c@d.example", *texts]))
        assert values(again) == [*reversed(values(first)), "[email]", *values(first)]
        rules = column(first, "lift.redaction.rules")
        assert column(again, "lift.redaction.rules") == [*reversed(rules), "email", *rules]


def test_calls_do_not_grow_with_records(tmp_path: Path) -> None:
    """Ten thousand records with as many distinct values as ten cost no more Python calls than ten."""
    made = processor(tmp_path, drift={"write_every": 3600})
    texts = ["a@b.example", "4111 1111 1111 1111", "203.0.113.9", "clean", "DE89370400440532013000"] * 2

    def work(copies: int) -> int:
        many = batch(
            Signal.TRACES, [{"name": text, "attributes": {"a": text, "password": text}} for text in texts * copies]
        )
        made.process(many)
        return calls(lambda: made.process(many))

    work(1)  # what the first batch of a process makes once is not counted
    assert work(1000) == work(1)


def test_calls_do_not_grow_with_distinct_masked_values(tmp_path: Path) -> None:
    """Values that all differ are masked by expressions alone: a hundred times as many cost one detector more."""
    made = processor(tmp_path, drift={"write_every": 3600})

    def work(count: int) -> int:
        many = spans([f"user{at}@example.com from 203.0.{at // 256}.{at % 256}" for at in range(1, count + 1)])
        return calls(lambda: made.process(many))

    work(1)  # what the first batch of a process makes once is not counted
    assert work(2000) < work(20) + 100


ADVERSARIES = {
    "at signs": "@" * MEGABYTE,
    "local parts": "a." * (MEGABYTE // 2) + "@",
    "digits": "4" * MEGABYTE,
    "groups": "4111 " * (MEGABYTE // 5),
    "quads": "1.1.1." * (MEGABYTE // 6),
    "colons": "2001:" * (MEGABYTE // 5),
    "double colons": "::" * (MEGABYTE // 2),
    "capitals": "DE89" * (MEGABYTE // 4),
    "equals": "password=" * (MEGABYTE // 9),
    "quotes": '"token":"' + '\\"' * (MEGABYTE // 2),
    "tokens": "eyJ" * (MEGABYTE // 3),
    "schemes": "bearer " * (MEGABYTE // 7),
    "keys": "-----BEGIN PRIVATE KEY-----" * (MEGABYTE // 27),
    "urls": "http://a:b" * (MEGABYTE // 10),
    "places": "1 A " * (MEGABYTE // 4),
    "mac": "aa:" * (MEGABYTE // 3),
    "plus": "+1" * (MEGABYTE // 2),
    "open": '{"password":"' * (MEGABYTE // 13),
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_no_input_stalls_the_gateway(tmp_path: Path, name: str) -> None:
    """A megabyte made to be slow takes at most twenty times as long as a tenth of it, and never seconds on end."""
    made = processor(tmp_path)

    def seconds(text: str) -> float:
        whole = spans([text])
        start = time.process_time()
        made.process(whole)
        return time.process_time() - start

    text = ADVERSARIES[name]
    tenth, all_of_it = seconds(text[: MEGABYTE // 10]), seconds(text)
    assert all_of_it < max(20 * tenth, 1.0)
    assert all_of_it < 10


def test_a_failure_stops_the_batch(tmp_path: Path) -> None:
    """Whatever breaks inside is raised, so that the batch is never let through as it came."""
    made = processor(tmp_path)
    broken = spans(["a@b.example"])
    tables = dict(broken.tables)
    tables[Level.RECORD] = tables[Level.RECORD].drop_columns(["status_message"])
    with pytest.raises(KeyError):
        made.process(Batch(broken.signal, tables))


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(
        st.tuples(
            st.text(max_size=20),
            st.sampled_from([text for cases in SECRETS.values() for text, _ in cases]),
            st.text(max_size=20),
        ),
        max_size=8,
    ),
    offset=st.integers(0, 3),
)
def test_values_do_not_influence_each_other(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[str, str, str]], offset: int
) -> None:
    """What a value becomes depends on nothing but itself, wherever it lies in the column."""
    made = processor(tmp_path_factory.getbasetemp())
    texts = [f"{before} {text} {after}" for before, text, after in cases]
    together = redacted(made, ["-"] * offset + texts)[offset:]
    assert together == [redacted(made, [text])[0] for text in texts]

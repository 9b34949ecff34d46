"""A candidate beside the live rules: what it would change, in counts, on the traffic of a real gateway."""

import json
import stat
import time
from collections import Counter
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from gateways import until
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_lift_redaction import RedactionConfig, RedactionProcessor
from otel_lift_redaction.changes import changes_of
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.settings import candidate_of
from otel_lift_redaction.shadow import Shadow
from otel_lift_redaction.shadow.compare import compare
from otel_lift_redaction.shadow.request import FOLDER, REQUEST, Request, carried
from otel_lift_redaction.shadow.show import print_table
from otel_lift_redaction.shadow.tally import OTHERS, Row, Tally
from otel_lift_redaction.summary import Summary
from planted import any_of, found_in
from privacy_rows import attributes, batch
from redact_samples import CANDIDATE, IBAN, KEY_MAIL, LIVE, MAIL, NEEDLES, PHONE
from redaction_rows import processor, spans
from rich.console import Console

from otel_lift.batch import Batch, Level, Signal
from otel_lift.errors import ConfigError
from otel_lift.pipeline import Services


def _ask(
    data: Path, candidate: Mapping[str, Any], *, seconds: float = 60, share: float = 1, name: str = "redaction"
) -> None:
    """Put a request in a data folder, as the command does."""
    asked = RedactionConfig.model_validate(candidate)
    request = Request(id="0" * 16, processor=name, end=time.time() + seconds, share=share, settings=carried(asked))
    (data / FOLDER).mkdir(parents=True)
    (data / FOLDER / REQUEST).write_text(yaml.safe_dump(request.model_dump(mode="json")))


def _report(data: Path) -> dict[str, Any]:
    (file,) = (data / FOLDER).glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    report: dict[str, Any] = json.loads(file.read_bytes())
    return report


def _tried(data: Path, live: Mapping[str, Any], candidate: Mapping[str, Any], *batches: Batch, **how: Any) -> Tally:
    """Answer what a trial counts on these batches."""
    _ask(data, candidate, **how)
    made = processor(data, **live)
    for one in batches:
        made.process(one)
    made.stop()
    report = _report(data)
    assert report["ended"]
    return Tally.from_json(report)


def _differences(tally: Tally) -> dict[Row, int]:
    return {row: count for row, count in tally.rows.items() if row.difference != "same"}


def test_what_differs_is_counted_by_rule_level_and_key(tmp_path: Path) -> None:
    """Values that one side alone redacts, or that become something else, are counted where they stand; others too."""
    sent = batch(
        Signal.TRACES,
        [
            {
                "attributes": {
                    "note": f"call {PHONE}",
                    "bank": IBAN,
                    "to": MAIL,
                    "card": "4111111111111111",
                    "clean": "x",
                }
            },
            {"name": f"for {PHONE}", "attributes": {"note": f"{PHONE} {MAIL}", "who": "by E-004217", "password": "a"}},
        ],
        events=[{"record": 0, "attributes": {"note": PHONE}}],
    )
    tally = _tried(tmp_path, LIVE, CANDIDATE, sent, sent)
    assert tally.rows == {
        Row("only_live", "traces", "record", "bank", "iban", ""): 2,
        Row("only_candidate", "traces", "record", "note", "", "phone"): 2,
        Row("only_candidate", "traces", "record", "name", "", "phone"): 2,
        Row("only_candidate", "traces", "record", "who", "", "staff_id"): 2,
        Row("only_candidate", "traces", "event", "note", "", "phone"): 2,
        Row("other", "traces", "record", "to", "email", "email"): 2,
        Row("other", "traces", "record", "note", "email", "email,phone"): 2,
        Row("same", "traces", "record", "", "payment_card", "payment_card"): 2,
        Row("same", "traces", "record", "", "credential", "credential"): 2,
    }
    assert (tally.batches, tally.records) == (2, 4)
    assert tally.values["traces"] >= 2 * 9
    assert tally.candidate_cpu > 0
    assert not tally.failures


def test_rules_by_key_are_compared_by_attribute(tmp_path: Path) -> None:
    """Attributes that one configuration removes and the other keeps are told apart in spite of their shifted places."""
    sent = batch(Signal.TRACES, [{"attributes": {"gone": "1", "note": MAIL, "kept": MAIL, "x": "y"}}])
    live = {"keys": [{"match": ["gone"], "action": "drop", "name": "own"}, {"match": ["kept"], "action": "keep"}]}
    tally = _tried(tmp_path, live, {"allow": ["gone", "note", "kept"]}, sent)
    assert tally.rows == {
        Row("only_live", "traces", "record", "gone", "own", ""): 1,
        Row("only_candidate", "traces", "record", "kept", "", "email"): 1,
        Row("only_candidate", "traces", "record", "x", "", "allow"): 1,
        Row("same", "traces", "record", "", "email", "email"): 1,
    }


@pytest.mark.parametrize("finder", ["live", "candidate"])
def test_a_key_with_personal_data_is_shown_redacted(tmp_path: Path, finder: str) -> None:
    """An attribute key in which either of the two finds something is shown without it, even one that is dropped."""
    misses = {"detectors": {"email": {"action": "keep"}}}
    drops = {"keys": [{"match": ["of/*"], "action": "drop", "name": "own"}]}
    live, candidate = (drops, misses) if finder == "live" else (misses, drops)
    sent = batch(Signal.TRACES, [{"attributes": {f"of/{KEY_MAIL}": "x"}}])
    tally = _tried(tmp_path, live, candidate, sent)
    assert {row.field for row in _differences(tally) if row.field != "attribute keys"} == {"of/[email]"}
    assert any_of(tmp_path / FOLDER, NEEDLES) == {}


def test_clients_cannot_make_a_report_long(tmp_path: Path) -> None:
    """Beyond a number of attribute keys all others are counted as one, and none is lost."""
    sent = [batch(Signal.TRACES, [{"attributes": {f"key.{n}.{m}": PHONE for m in range(100)}}]) for n in range(7)]
    tally = _tried(tmp_path, LIVE, {}, *sent)
    assert len({row.field for row in tally.rows}) == 501
    assert sum(count for row, count in tally.rows.items() if row.field == OTHERS) == 200
    assert sum(tally.rows.values()) == 700


def test_a_share_of_the_batches_is_looked_at(tmp_path: Path) -> None:
    """With a share of a quarter every fourth batch is compared."""
    tally = _tried(tmp_path, LIVE, {}, *[spans([PHONE])] * 12, share=0.25)
    assert (tally.batches, sum(tally.rows.values())) == (3, 3)


class _Failing:
    """A candidate that fails on every batch."""

    def find(self, found: Batch, summary: Summary) -> Outcome:
        """Fail with a message that quotes the batch, as an error of a library may."""
        raise ValueError(str(found.attributes(Level.RECORD).values))


def test_a_candidate_that_fails_is_counted_and_harms_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The live path goes on, and the report has the kind of the error and nothing that it quotes."""
    _ask(tmp_path, {})
    live = processor(tmp_path / "live")
    services = Services(name="redaction", data=tmp_path)
    shadow = Shadow(RedactionConfig(), services, lambda _config, _data: _Failing())
    sent = spans([MAIL])
    shadow.look(sent, live.find(sent, Summary(sent, ())), live)
    shadow.stop()
    assert _report(tmp_path)["failures"] == {"ValueError": 1}
    assert any_of(tmp_path, NEEDLES) == {}
    assert MAIL not in caplog.text


def test_a_candidate_that_cannot_be_built_is_reported(tmp_path: Path) -> None:
    """A candidate whose key cannot be read leaves the live rules alone, and the report says so."""
    (tmp_path / "redaction.key").write_bytes(b"short")
    _ask(tmp_path, {"detectors": {"email": {"action": "hash"}}})
    made = processor(tmp_path)
    assert attributes(made.process(spans([MAIL]))) == [{"note": "[email]"}]
    made.stop()
    assert _report(tmp_path)["failures"] == {"ConfigError": 1}


@pytest.mark.parametrize("key", [{}, {"hash_key": "k" * 32}])
def test_a_candidate_hashes_with_the_live_key(tmp_path: Path, key: dict[str, str]) -> None:
    """Hashes of both sides are equal, with a key from the configuration and with the gateway's own."""
    hashing = {"detectors": {"email": {"action": "hash"}}}
    tally = _tried(tmp_path, {**hashing, **key}, hashing, spans([MAIL]))
    assert tally.rows == {Row("same", "traces", "record", "", "email", "email"): 1}


def test_only_the_processor_that_is_asked_answers(tmp_path: Path) -> None:
    """A request for another id, one whose time is over, and one that is no request, start nothing."""
    kinds: tuple[dict[str, Any], ...] = ({"name": "redaction/other"}, {"seconds": -1.0}, {})
    for number, how in enumerate(kinds):
        data = tmp_path / str(number)
        _ask(data, {}, **how)
        if not how:
            (data / FOLDER / REQUEST).write_text("id: [")
        made = processor(data)
        assert attributes(made.process(spans([MAIL]))) == [{"note": "[email]"}]
        made.stop()
        assert [file.name for file in (data / FOLDER).iterdir()] == [REQUEST]


def test_a_trial_ends_by_itself(tmp_path: Path) -> None:
    """When its time is up a process reports a last time and forgets the candidate, though the request still stands."""
    _ask(tmp_path, {}, seconds=1.0)
    made = processor(tmp_path, **LIVE)
    made.process(spans([PHONE]))
    until(
        lambda: [file for file in (tmp_path / FOLDER).glob("*.json") if json.loads(file.read_bytes())["ended"]],
        "an end",
    )
    made.process(spans([PHONE]))
    made.stop()
    assert _report(tmp_path)["batches"] == 1


_PIECES = st.sampled_from([MAIL, PHONE, IBAN, "plain", "4111111111111111", "by E-004217", "a%40b", "203.0.113.7"])
_VALUES = st.dictionaries(st.sampled_from(["a", "b", "password", "gone"]), st.lists(_PIECES, max_size=3).map(" ".join))
_CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "detectors": st.dictionaries(
            st.sampled_from(["email", "phone", "iban", "ipv4"]),
            st.sampled_from(["keep", "drop", "mask"]).map(lambda one: {"action": one}),
        ),
        "keys": st.sampled_from([[{"match": ["gone"], "action": "drop"}], [{"match": ["a"], "action": "keep"}]]),
        "allow": st.sampled_from([["a", "gone"], ["b"]]),
    },
)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(_VALUES, min_size=1, max_size=4), live=_CONFIGS, candidate=_CONFIGS)
def test_counts_are_those_of_a_plain_comparison(values: list[dict[str, str]], live: Any, candidate: Any) -> None:
    """For any records and configurations the groups count what a look at both results, value by value, counts."""
    sent = batch(Signal.TRACES, [{"attributes": one} for one in values])
    found, results = [], []
    for config in (live, candidate):
        made = RedactionProcessor.only_finding(RedactionConfig.model_validate(config), Path())
        summary = Summary(sent, ())
        outcome = made.find(sent, summary)
        found.append(outcome)
        results.append(attributes(outcome.applied(summary)))
    expected: Counter[tuple[str, str]] = Counter()
    for given_, ours, theirs in zip(values, *results, strict=True):
        for key, text in given_.items():
            here, there = ours.get(key), theirs.get(key)
            changed = here != text, there != text
            if any(changed):
                kind = {(True, False): "ONLY_LIVE", (False, True): "ONLY_CANDIDATE"}.get(
                    changed, "SAME" if here == there else "OTHER"
                )
                expected[kind, key if kind != "SAME" else ""] += 1
    counted: Counter[tuple[str, str]] = Counter()
    names = [outcome.rules.names for outcome in found]
    for group in compare(sent, changes_of(sent, found[0]), changes_of(sent, found[1]), *names):
        key = "" if group.code is None else sent.attributes(Level.RECORD).keys[group.code].as_py()
        counted[group.difference.name, key] += group.count
    assert counted == expected


def test_mistakes_in_a_candidate_are_told_with_their_place(tmp_path: Path) -> None:
    """A candidate is read bare, below its id, or out of a whole configuration, and mistakes name line and path."""
    file = tmp_path / "candidate.yaml"
    for text in (
        "detectors: {phone: {action: drop}}\n",
        "processors:\n  redaction/a: {detectors: {phone: {action: drop}}}\n",
    ):
        file.write_text(text)
        assert candidate_of(file, "redaction").on("phone").action == "drop"
    file.write_text("processors:\n  redaction:\n    detectors:\n      phone: {action: hide}\n    kees: []\n")
    with pytest.raises(ConfigError) as caught:
        candidate_of(file, "redaction")
    assert f"{file}:4:23 processors.redaction.detectors.phone.action: " in str(caught.value)
    assert f"{file}:5:5 processors.redaction.kees: unknown key 'kees'; did you mean 'keys'?" in str(caught.value)
    file.write_text("processors: {redaction/a: {}, redaction/b: {}}\n")
    with pytest.raises(ConfigError, match="none with the id 'redaction'"):
        candidate_of(file, "redaction")


def test_a_request_carries_no_key_and_no_examples() -> None:
    """What is written into the data folder has neither the key of hashes nor examples, which may be real."""
    config = RedactionConfig.model_validate({**CANDIDATE, "hash_key": "geheim" * 8})
    text = json.dumps(carried(config))
    assert "geheim" not in text
    assert "E-004217" not in text
    assert RedactionConfig.model_validate(carried(config)).custom[0].regex == CANDIDATE["custom"][0]["regex"]


def test_the_table_has_holes_first(tmp_path: Path) -> None:
    """The table shows what only the live rules redact before all else, and nothing in it can move the cursor."""
    sent = batch(Signal.LOGS, [{"attributes": {"a": PHONE, "\x1b[2Jb": IBAN, "c": MAIL}}])
    tally = _tried(tmp_path, LIVE, CANDIDATE, sent)
    shown = StringIO()
    print_table(
        Console(file=shown, width=120),
        tally,
        RedactionConfig.model_validate(LIVE),
        RedactionConfig.model_validate(CANDIDATE),
    )
    text = shown.getvalue()
    titles = ("only the live rules redact", "only the candidate redacts", "both redact", "CPU of the candidate")
    assert sorted(titles, key=text.index) == list(titles)
    assert "\\x1b[2Jb" in text
    assert "email (truncate)" in text
    assert found_in(text.encode(), NEEDLES) == set()

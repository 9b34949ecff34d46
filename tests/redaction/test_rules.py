"""Rules by key, actions, and detectors of the user's own."""

import stat
from pathlib import Path
from typing import Any

import otel_lift_redaction
import pytest
from otel_lift_redaction import COMPONENT, RedactionConfig
from privacy_rows import attributes, batch, column, readme_example
from pydantic import ValidationError
from redaction_rows import processor, redacted, typed, values

from otel_lift.batch import Level, Signal, ValueType
from otel_lift.errors import ConfigError
from otel_lift.semconv import BUCKETS

FORBIDDEN = (
    *("password", "user.password", "db_passwd", "client_secret", "access-token", "Authorization", "x-api-key"),
    *("http.request.header.authorization", "http.request.header.cookie", "http.response.header.set-cookie"),
    *(
        "http.request.body",
        "http.response.body.text",
        "db.query.parameter.0",
        "enduser.credential",
        "payment.credit_card",
    ),
    *("user.ssn", "user.phone_number", "shipping_address", "card.number.cvv"),
)


@pytest.mark.parametrize("key", FORBIDDEN)
def test_what_must_never_be_stored_is_not(tmp_path: Path, key: str) -> None:
    """The value under a key that names a secret, a body or contact details goes, whatever it is."""
    found = processor(tmp_path).process(batch(Signal.TRACES, [{"attributes": {key: "plain words"}}]))
    assert "plain words" not in str(attributes(found))
    assert column(found, "lift.redaction.count") == [1]


@pytest.mark.parametrize(
    "key",
    ["http.request.body.size", "gen_ai.usage.input_tokens", "http.route", "app.feature", "server.address", "event"],
)
def test_ordinary_keys_stay(tmp_path: Path, key: str) -> None:
    """Keys that only resemble those of secrets keep their values."""
    found = processor(tmp_path).process(batch(Signal.TRACES, [{"attributes": {key: "plain"}}]))
    assert attributes(found) == [{key: "plain"}]


def test_keys_at_every_level_fall_under_the_rules(tmp_path: Path) -> None:
    """Attributes of resources, scopes, events and links are subject to the rules by key too."""
    one = {"attributes": {"password": "p"}}
    found = processor(tmp_path).process(
        batch(
            Signal.TRACES,
            [one],
            resources=[one],
            scopes=[one],
            events=[{"record": 0, **one}],
            links=[{"record": 0, **one}],
        )
    )
    assert [attributes(found, level) for level in found.levels] == [[{"password": "[credential]"}]] * 5
    assert column(found, "lift.redaction.count") == [3]


def test_actions_by_key(tmp_path: Path) -> None:
    """Each action does to a value what its name says, and the user's rules come before the built-in ones."""
    rules: list[dict[str, Any]] = [
        {"match": ["gone"], "action": "drop"},
        {"match": ["shown"], "action": "mask", "name": "hidden"},
        {"match": ["same"], "action": "hash"},
        {"match": ["short"], "action": "truncate", "length": 3},
        {"match": ["size"], "action": "bucket", "bounds": [0, 10, 100]},
        {"match": ["password", "trace.*"], "unless": ["trace.note"], "action": "keep"},
    ]
    given = [
        *((key, ValueType.STRING, "12a@example.com") for key in ("gone", "shown", "same", "short", "password")),
        *((key, ValueType.STRING, "a@example.com") for key in ("trace.id", "trace.note", "Trace.X")),
        *(("size", ValueType.INT, text) for text in ("-1", "9", "10", "5000")),
        ("size", ValueType.DOUBLE, "55.5"),
        ("size", ValueType.STRING, "many"),
    ]
    found = processor(tmp_path, keys=rules).process(typed(given))
    hidden, same, *rest = values(found)
    assert hidden == "[hidden]"
    assert same.startswith("[key:")
    assert rest == [
        *("12a", "12a@example.com", "a@example.com", "[email]", "a@example.com"),
        *("0", "0", "10", "100", "10", "[key]"),
    ]
    kinds = found.attributes(Level.RECORD).types.tolist()
    assert kinds[-6:] == [*([ValueType.INT] * 5), ValueType.STRING]


def test_an_allow_list_removes_the_rest(tmp_path: Path) -> None:
    """With an allow list only attributes that it names stay, and their values are scanned all the same."""
    made = processor(tmp_path, allow=["http.*"])
    found = made.process(batch(Signal.TRACES, [{"attributes": {"http.route": "/a@b.example", "other": "1"}}]))
    assert attributes(found) == [{"http.route": "/[email]"}]
    assert column(found, "lift.redaction.rules") == ["allow,email"]


@pytest.mark.parametrize("attribute", sorted(BUCKETS))
def test_numbers_that_are_never_exact_are_buckets(tmp_path: Path, attribute: str) -> None:
    """A raw sender's exact amount or length is stored as the lower bound of its bucket, still a number."""
    least, low, high, *_ = BUCKETS[attribute]
    sent = [least - 1, low, low + 1, high - 1, BUCKETS[attribute][-1] * 9]
    found = processor(tmp_path).process(typed([(attribute, ValueType.INT, str(number)) for number in sent]))
    assert values(found) == [str(bound) for bound in (least, low, low, low, BUCKETS[attribute][-1])]
    assert set(found.attributes(Level.RECORD).types.tolist()) == {ValueType.INT}


def test_actions_by_detector(tmp_path: Path) -> None:
    """Each detector's action can be chosen; one that keeps is off."""
    chosen = {
        "email": {"action": "hash"},
        "phone": {"action": "keep"},
        "ipv4": {"action": "mask"},
        "payment_card": {"action": "truncate", "length": 4},
        "us_ssn": {"action": "drop"},
    }
    text = "a@b.example +14155552671 203.0.113.9 Chrome/120.0.0.0 4111 1111 1111 1111 078-05-1120."
    (found,) = redacted(processor(tmp_path, detectors=chosen, hash_key="k"), [text])
    assert found.startswith("[email:")
    assert found.endswith("+14155552671 [ipv4] Chrome/120.0.0.0 4111 .")


def test_hashes_are_keyed(tmp_path: Path) -> None:
    """Equal values have equal hashes under one key and others under another; a made key is kept, for its owner only."""
    hashing: dict[str, Any] = {"detectors": {"email": {"action": "hash"}}}
    first, again = (redacted(processor(tmp_path, **hashing), ["a@b.example"]) for _ in range(2))
    other = redacted(processor(tmp_path, hash_key="other", **hashing), ["a@b.example"])
    assert first == again != other
    assert stat.S_IMODE((tmp_path / "redaction.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["redaction.key"]


def test_a_broken_key_is_refused(tmp_path: Path) -> None:
    """A key file that was cut short is a configuration error, for hashes must not change in silence."""
    (tmp_path / "redaction.key").write_bytes(b"short")
    with pytest.raises(ConfigError, match=r"redaction\.key"):
        processor(tmp_path, detectors={"email": {"action": "hash"}})


def test_a_detector_of_ones_own(tmp_path: Path) -> None:
    """A user's expression finds its texts at any place, with its checksum and action."""
    custom = [
        {"name": "staff_id", "regex": "E-([0-9]{4})", "match": ["E-1234"], "no_match": ["E-12"]},
        {
            "name": "loyalty",
            "regex": "L[0-9]{8}",
            "checksum": "luhn",
            "match": ["L12345674"],
            "no_match": ["L12345678"],
        },
        {"name": "tail", "regex": "(?i)zzz+", "action": "truncate", "length": 2},
    ]
    made = processor(tmp_path, custom=custom)
    assert redacted(made, ["by E-1234,E-5678", "L12345674 L12345678", "aZzzz"]) == [
        "by [staff_id],[staff_id]",
        "[loyalty] L12345678",
        "aZz",
    ]


def test_context_must_stand_nearby(tmp_path: Path) -> None:
    """With context words a match counts only with one of them beside it on its line, before or after."""
    custom = [
        {
            "name": "member",
            "regex": "[0-9]{9}",
            "checksum": "nl_bsn",
            "context": ["member", "lid-nr"],
            "match": ["Member no. 111222333", "111222333 is a member", "LID-NR 111222333"],
            "no_match": ["111222333", "remembered 111222333", "member 111222334", "member\n111222333"],
        }
    ]
    made = processor(tmp_path, custom=custom)
    assert redacted(made, ["member=111222333;", "row 111222333"]) == ["member=[member];", "row 111222333"]


def test_regions_say_whose_numbers_are_found_without_their_country(tmp_path: Path) -> None:
    """A national number is found if its country is among the regions; one with its country always."""
    texts = ["ruf 030 901820 an", "text 01 23 45 67 89 please", "+49 30 901820"]
    found = redacted(processor(tmp_path, detectors={"phone": {"regions": ["FR"]}}), texts)
    assert found == ["ruf 030 901820 an", "text [phone] please", "[phone]"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"custom": [{"name": "a", "regex": "(?=x)y"}]}, "`regex` is not RE2 syntax"),
        ({"custom": [{"name": "a", "regex": "x*"}]}, "matches the empty text"),
        ({"custom": [{"name": "a", "regex": "x", "match": ["y"]}]}, r"`match\[0\]` is not found"),
        ({"custom": [{"name": "a", "regex": "x", "no_match": ["y", "x"]}]}, r"`no_match\[1\]` is found"),
        ({"custom": [{"name": "a", "regex": "[0-9]{4}", "checksum": "luhn", "match": ["1234"]}]}, "with a checksum"),
        ({"custom": [{"name": "email", "regex": "x"}]}, "choose another"),
        ({"custom": [{"name": "a", "regex": "x", "checksum": "crc"}]}, "known: none, be_national_number"),
        ({"custom": [{"name": "a", "regex": "(x)", "context": ["y"]}]}, r"write `\(\?:...\)`"),
        ({"custom": [{"name": "a", "regex": "x", "context": ["y"], "match": ["x"]}]}, r"`match\[0\]` is not found"),
        ({"custom": [{"name": "a", "regex": "x", "context": ["."]}]}, "custom.0.context.0"),
        ({"custom": [{"name": "a", "regex": "x", "regions": ["US"]}]}, "remove it"),
        ({"detectors": {"phone": {"regions": ["XX"]}}}, "which is no country"),
        ({"detectors": {"email": {"regions": ["US"]}}}, "for `phone` only"),
        ({"custom": [{"name": "a b", "regex": "x"}]}, "custom.0.name"),
        ({"custom": [{"name": "a", "regex": "x", "action": "truncate"}]}, "needs `length`"),
        ({"detectors": {"emails": {}}}, "known: ai_key"),
        ({"detectors": {"email": {"action": "truncate"}}}, "needs `length`"),
        ({"keys": [{"match": ["a"], "action": "bucket"}]}, "`bounds` and"),
        ({"keys": [{"match": ["a"], "action": "bucket", "bounds": [2, 1]}]}, "must ascend"),
        ({"keys": [{"match": ["a"], "length": 3}]}, "`length` and"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(wrong: dict[str, Any], said: str) -> None:
    """A configuration that cannot be run is refused with the field and a remedy."""
    with pytest.raises(ValidationError, match=said):
        RedactionConfig.model_validate(wrong)


def test_the_hash_key_is_not_shown() -> None:
    """The key does not show where a configuration is printed."""
    assert "hunter2" not in repr(RedactionConfig.model_validate({"hash_key": "hunter2"}))


def test_the_readme_example_is_a_configuration() -> None:
    """The example in the README is one that the component takes."""
    assert isinstance(readme_example(COMPONENT, otel_lift_redaction), RedactionConfig)

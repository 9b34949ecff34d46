"""What the built-in detectors find, and what they leave alone."""

import random
import uuid
from pathlib import Path

import pytest
from otel_lift_redaction.detectors import BUILT_IN
from privacy_rows import column
from redaction_needles import CLEAN, SECRETS, clean_corpus
from redaction_rows import processor, redacted, spans

CASES = [(rule, text, secret) for rule, cases in SECRETS.items() for text, secret in cases]


@pytest.mark.parametrize(
    ("rule", "text", "secret"), CASES, ids=[f"{rule}-{at}" for at, (rule, _, _) in enumerate(CASES)]
)
def test_a_secret_is_found_by_its_rule(tmp_path: Path, rule: str, text: str, secret: str) -> None:
    """Every plain form of a secret goes, and the record says which rule took it."""
    found = processor(tmp_path).process(spans([text]))
    (value,) = found.attributes(found.levels[2]).values.to_pylist()
    assert secret not in value
    assert rule in column(found, "lift.redaction.rules")[0].split(",")


def test_every_detector_has_a_case() -> None:
    """No built-in detector is without a test."""
    assert {detector.name for detector in BUILT_IN} == set(SECRETS)


def test_secrets_are_found_in_the_middle_of_a_column_too(tmp_path: Path) -> None:
    """A secret is found wherever its value stands among others, for values lie in one buffer."""
    texts = [part for _, text, _ in CASES for part in ("", text, "x", "7", "-")]
    found = redacted(processor(tmp_path), texts)
    alone = [redacted(processor(tmp_path), [text])[0] for text in texts]
    assert found == alone


@pytest.mark.parametrize("text", CLEAN)
def test_what_only_looks_like_a_secret_stays(tmp_path: Path, text: str) -> None:
    """Ids, times, versions, hashes, identifiers and placeholders are left as they are."""
    assert redacted(processor(tmp_path), [text]) == [text]


def test_ordinary_telemetry_stays(tmp_path: Path) -> None:
    """Of twenty thousand texts without personal data at most one in a thousand is changed."""
    texts = clean_corpus(20_000, seed=7)
    found = redacted(processor(tmp_path), texts)
    changed = [(before, after) for before, after in zip(texts, found, strict=True) if before != after]
    assert len(changed) <= 20, changed[:20]


def test_an_id_of_an_event_stays(tmp_path: Path) -> None:
    """A UUID is left as it is, also one whose digits would be a telephone's or a person's number."""
    chance = random.Random(5)
    ids = [
        "01772024-36a7-4a70-9ea2-1851779d56d8",
        "07262396-50d5-45ba-bf5f-4ef8fdfd6eba",
        "01504486-5687-4421-9b21-1da0b81ef664",
        "01712130-5568-40b0-9204-12bf6ef22e36",
        "9b020615-5015-4ae1-9dc9-a069385f9da5",
        *(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(20_000)),
    ]
    assert redacted(processor(tmp_path), ids) == ids


def test_redaction_is_done_once(tmp_path: Path) -> None:
    """A second pass finds nothing more: placeholders and networks are no secrets."""
    made = processor(tmp_path)
    once = redacted(made, [text for _, text, _ in CASES])
    assert redacted(made, once) == once


def test_addresses_keep_their_network(tmp_path: Path) -> None:
    """An IPv4 address becomes its /24, an IPv6 address its /48, whether mapped or compressed."""
    made = processor(tmp_path)
    texts = ["203.0.113.77", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::5", "::ffff:192.0.2.128"]
    assert redacted(made, texts) == ["203.0.113.0", "2001:db8:1::", "2001:db8:1::", "::ffff:192.0.2.0"]

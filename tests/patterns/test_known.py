"""Known errors and what they have always been called: a change of rules that moves one must be meant."""

import json
from pathlib import Path

import pytest
from pattern_records import Patterns, Record

KNOWN = json.loads((Path(__file__).parent / "known.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["message"][:40])
def test_a_known_message_keeps_its_template_and_fingerprint(known: dict[str, str]) -> None:
    """Template and fingerprint of each known message are as they were; to change one, raise FINGERPRINT_VERSION."""
    assert Patterns().logs(Record(known["message"])) == [(known["template"], known["fingerprint"])]


def test_known_messages_are_told_apart_or_joined_as_listed() -> None:
    """All known messages in one batch get the fingerprints that they get alone; as many differ as templates do."""
    prints = [fingerprint for _, fingerprint in Patterns().logs(*(Record(known["message"]) for known in KNOWN))]
    assert prints == [known["fingerprint"] for known in KNOWN]
    assert len(set(prints)) == len({known["template"] for known in KNOWN})

"""The visitors: what they do follows from the seed, and holds all that the demo is to show."""

from hypothesis import given
from hypothesis import strategies as st

from otel_lift.demo.visits import WITHOUT_CONSENT, Visit, visit, visits

SEEDS = st.integers(0, 2**32)
MANY = [visit(7, number) for number in range(1000)]


@given(SEEDS, st.integers(0, 10_000))
def test_visits_follow_from_the_seed(seed: int, number: int) -> None:
    """A visit is the same whenever it is asked for, and another for another seed."""
    assert visit(seed, number) == visit(seed, number)
    assert visit(seed, number) != visit(seed + 1, number)


def test_visits_without_end_are_the_numbered_ones() -> None:
    """The stream of visits holds them in the order of their numbers."""
    stream = visits(7)
    assert [next(stream) for _ in range(20)] == MANY[:20]


@given(SEEDS, st.integers(0, 10_000))
def test_personal_data_have_their_checksums(seed: int, number: int) -> None:
    """A card passes the Luhn check, so that detectors know it, and every string is long enough to look for."""
    person = visit(seed, number).person
    digits = [int(digit) for digit in reversed(person.card)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    assert len(digits) == 16
    assert (sum(digits[::2]) + sum(doubled)) % 10 == 0
    assert person.spaced_card.replace(" ", "") == person.card
    assert all(len(secret) >= 8 for secret in person.secrets)


def test_share_without_consent() -> None:
    """Two visitors of five agree to nothing, and say nothing of consent in any request."""
    refusing = [one for one in MANY if not one.consented]
    assert abs(len(refusing) / len(MANY) - WITHOUT_CONSENT) < 0.05
    assert not any(step.agreed for one in refusing for step in one.steps)
    assert not any("consent" in one.headers(step)["cookie"] for one in refusing for step in one.steps)


def test_withdrawals_come_midway() -> None:
    """Who withdraws had agreed in requests before, and agrees in none after."""
    withdrawing = [one for one in MANY if one.withdraws]
    assert len(withdrawing) > 50
    for one in withdrawing:
        place = paths(one).index("/consent")
        assert all(step.agreed for step in one.steps[:place])
        assert not any(step.agreed for step in one.steps[place:])
        assert 0 < place < len(one.steps) - 1


def test_global_privacy_control() -> None:
    """Some with consent send Sec-GPC all the same, in every request."""
    signalling = [one for one in MANY if one.gpc]
    assert signalling
    assert all(one.consented for one in signalling)
    assert all(one.headers(step)["sec-gpc"] == "1" for one in signalling for step in one.steps)


def test_offline_events_come_late_and_twice() -> None:
    """What a phone kept while offline is sent twice with the same ids, and happened at least an hour ago."""
    syncs = [[step for step in one.steps if step.path == "/sync"] for one in MANY]
    assert any(syncs)
    for steps in filter(None, syncs):
        first, second = steps
        assert first.body == second.body
        assert all(event["hours_ago"] >= 1 for event in first.body["events"])


def paths(one: Visit) -> list[str]:
    """Answer the paths of a visit's requests."""
    return [step.path for step in one.steps]

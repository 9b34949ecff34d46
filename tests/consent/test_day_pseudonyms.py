import stat
from datetime import UTC, datetime
from pathlib import Path

from otel_lift_consent import ConsentConfig, ConsentProcessor
from privacy_rows import NOW, SECOND, Counts, batch, column

from otel_lift.batch import Batch, Level, Signal
from otel_lift.pipeline import Services

ADA, BOB = "a" * 32, "b" * 32
DAY = 86_400 * SECOND
TODAY = datetime.fromtimestamp(NOW // SECOND, UTC).date().isoformat()


def decided(tmp_path: Path, sent: Batch) -> Batch:
    """Process by a new worker that keeps pseudonyms for a day."""
    config = ConsentConfig.model_validate({"essential": {"pseudonym": "day"}})
    processor = ConsentProcessor(config, Services("consent", tmp_path, Counts()))
    processor.start()
    done = processor.process(sent)
    assert done is not None
    return done


def row(person: str | None, event: str | None = "auth_error") -> dict[str, object]:
    """Write a row about a person."""
    return {
        "lift.person": person,
        "lift.subject": person,
        "lift.subject_key": "k" if person else None,
        "lift.event": event,
        "attributes": {"client.address": "x"},
    }


def test_essential_events_keep_a_pseudonym_for_the_day(tmp_path: Path) -> None:
    """All workers of a data folder name a person alike today; it is no pseudonym that other rows have."""
    granted = {**row(BOB), "attributes": {"lift.consent.essential": True}}
    sent = batch(Signal.LOGS, [row(ADA), row(BOB), row(ADA), row(None), row(ADA, None), granted])
    one, other = decided(tmp_path, sent), decided(tmp_path, sent)
    subjects = column(one, "lift.subject")
    assert subjects == column(other, "lift.subject")
    assert subjects[0] == subjects[2] != subjects[1]
    assert subjects[3:] == [None, ADA, BOB]
    assert not {ADA, BOB} & set(subjects[:3])
    assert column(one, "lift.subject_key") == [f"day:{TODAY}"] * 3 + [None, "k", "k"]
    keys = list((tmp_path / "consent").iterdir())
    assert [key.name for key in keys] == [f"day-{TODAY}.key"]
    assert stat.S_IMODE(keys[0].stat().st_mode) == 0o600


def test_the_next_day_has_another_key_and_the_one_after_forgets(tmp_path: Path) -> None:
    """A person's pseudonyms of different days have nothing in common, and a key lives no longer than two days."""
    (tmp_path / "consent").mkdir()
    (tmp_path / "consent" / f".day-{TODAY}.key.0123").touch()
    days = [decided(tmp_path, batch(Signal.LOGS, [row(ADA)], received=NOW + day * DAY)) for day in range(3)]
    assert len({column(day, "lift.subject")[0] for day in days}) == 3
    kept = sorted(path.name for path in (tmp_path / "consent").iterdir())
    assert len(kept) == 2
    assert f"day-{TODAY}.key" not in kept


def test_span_events_keep_one_too(tmp_path: Path) -> None:
    """A Lift event on a span, and the span that is one, are named alike; an ordinary span is not named."""
    sent = batch(
        Signal.TRACES, [row(ADA), row(ADA, None)], events=[{"record": 0, **row(ADA)}, {"record": 1, **row(ADA)}]
    )
    done = decided(tmp_path, sent)
    subject = column(done, "lift.subject")[0]
    assert subject != ADA
    assert column(done, "lift.subject")[1] == ADA  # left for `anonymise` to remove
    assert column(done, "lift.subject", Level.EVENT) == [subject, subject]

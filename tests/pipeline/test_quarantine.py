"""Requests that a processor failed on, kept until a person looks."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from otel_lift.batch import Signal
from otel_lift.errors import BackpressureError
from otel_lift.pipeline.quarantine import Quarantine


def test_a_quarantined_request_comes_back_as_it_was_and_is_not_readable_on_disk(tmp_path: Path) -> None:
    """What is put in comes out again, and no byte of it stands in clear in the folder."""
    quarantine = Quarantine(tmp_path / "quarantine", max_bytes=10_000)

    path = quarantine.put(Signal.TRACES, b"bob@example.com did it")

    assert quarantine.get(path) == b"bob@example.com did it"
    assert b"example" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """A file that was changed, or renamed to pass for another, does not open."""
    quarantine = Quarantine(tmp_path, max_bytes=10_000)
    path = quarantine.put(Signal.LOGS, b"payload")
    renamed = path.rename(path.with_name("logs-other.otlp"))

    with pytest.raises(InvalidTag):
        quarantine.get(renamed)


def test_a_full_quarantine_refuses(tmp_path: Path) -> None:
    """Past its limit the quarantine takes nothing more, so that the client keeps what it has."""
    quarantine = Quarantine(tmp_path, max_bytes=100)
    quarantine.put(Signal.LOGS, b"x" * 60)

    with pytest.raises(BackpressureError):
        quarantine.put(Signal.LOGS, b"x" * 60)

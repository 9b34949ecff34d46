"""Day-lived pseudonyms: enough to see that one person fails again and again today, and nothing tomorrow.

Each day has a random key of its own in the data folder, which all local workers use. It is deleted with the first event
that comes two days later; from then on nobody can tell whose a pseudonym was, not even with all other keys.
"""

import hmac
import secrets
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level
from otel_lift.errors import ProcessorError
from otel_lift.private_files import make_once

__all__ = ["DAY_PREFIX", "DayKeys"]

DAY_PREFIX = "day:"
"""How `lift.subject_key` begins where the subject is a day-lived pseudonym; ids of keys have no colon."""

_HEX_DIGITS = 32
_NANOSECONDS = 10**9


class DayKeys:
    """The keys of this day and the day before, in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Name the folder, which need not exist."""
        self._folder = folder
        self._key: tuple[date, bytes] | None = None

    def put(self, batch: Batch, level: Level, rows: npt.NDArray[np.bool_]) -> Batch:
        """Put day-lived pseudonyms in place of the subjects of `rows`; null where nobody is known.

        The day is that of the batch's arrival, in UTC. Raises ProcessorError if the day's key can be neither read nor
        made.
        """
        if not rows.any():
            return batch
        day = datetime.fromtimestamp(batch.received // _NANOSECONDS, UTC).date()
        mask, nothing = pa.array(rows), pa.scalar(None, pa.int32())
        persons = pc.if_else(mask, batch.column(level, "lift.person"), pa.scalar(None, pa.string()))
        encoded = persons.dictionary_encode()
        key = self._of(day)
        made = [_pseudonym(key, person) for person in encoded.dictionary.to_pylist()]
        subjects = pa.array(made, pa.string()).take(encoded.indices)
        names = batch.column(level, "lift.subject_key")
        here = pc.if_else(pc.is_valid(persons), pa.scalar(len(names.dictionary), pa.int32()), nothing)
        return batch.with_columns(
            level,
            {
                "lift.subject": pc.if_else(mask, subjects, batch.column(level, "lift.subject")),
                "lift.subject_key": pa.DictionaryArray.from_arrays(
                    pc.if_else(mask, here, names.indices),
                    pa.concat_arrays([names.dictionary, pa.array([f"{DAY_PREFIX}{day.isoformat()}"])]),
                ),
            },
        )

    def _of(self, day: date) -> bytes:
        if self._key is None or self._key[0] != day:
            try:
                self._key = day, self._read_or_make(day)
            except OSError as error:
                raise ProcessorError(
                    f"the key of the day in {self._folder} cannot be used: {error.strerror}"
                ) from error
        return self._key[1]

    def _read_or_make(self, day: date) -> bytes:
        path = self._folder / _name(day)
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget(day)
            make_once(path, secrets.token_bytes(32))
        return path.read_bytes()

    def _forget(self, day: date) -> None:
        oldest = _name(day - timedelta(days=1))
        # a crash can leave a hidden second name of a key behind
        for path in (*self._folder.glob("day-*.key"), *self._folder.glob(".day-*.key.*")):
            if path.name.removeprefix(".") < oldest:
                path.unlink(missing_ok=True)


def _pseudonym(key: bytes, person: str) -> str:
    return hmac.digest(key, person.encode(), "sha256").hex()[:_HEX_DIGITS]


def _name(day: date) -> str:
    return f"day-{day.isoformat()}.key"

"""Consent updates as entries of the ledger: what `user_consent_update` events say of their person."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.batch import Batch, Level
from otel_lift_consent.answers import CATEGORIES, OWN, AnswerReader
from otel_lift_consent.entries import Entry, is_plain

__all__ = ["UpdateReader"]

_PURPOSE, _PROOF, _SOURCE = "lift.consent.purpose", "lift.consent.proof", "lift.source"
_REFUSED = "?"


class UpdateReader:
    """Reads entries from the updates' own attributes.

    An update speaks for itself: baggage that came along was set before the user chose anew.
    """

    def __init__(self, answers: AnswerReader) -> None:
        """Take the reader of answers."""
        self._answers = answers

    def read(
        self, batch: Batch, level: Level, rows: npt.NDArray[np.int64], persons: Any, time: npt.NDArray[np.int64]
    ) -> list[Entry]:
        """Answer what the rows of a level say, each distinct entry once; `persons` and `time` are those of the level.

        A row that grants and denies a category denies it. Texts that may be personal are kept as ``?``, see `is_plain`.
        The entries name no gateway.
        """
        attributes = batch.attributes(level).take(rows)
        bits = self._answers.read(attributes) >> OWN
        # zero is no time of an entry
        times = np.maximum(time[rows], 1)
        said_texts = [_plain(*_encoded(attributes.get([key]))) for key in (_PURPOSE, _SOURCE, _PROOF)]
        encoded = [_encoded(persons.take(pa.array(rows))), *said_texts]
        facts = np.stack([bits, times, *(codes for codes, _ in encoded)], axis=1)
        distinct = np.unique(facts, axis=0)
        entries: list[Entry] = []
        for said, at, *codes in distinct.tolist():
            person, purpose, source, proof = (names[code] for code, (_, names) in zip(codes, encoded, strict=True))
            for code, category in enumerate(CATEGORIES):
                denied = said >> (code + len(CATEGORIES)) & 1
                if denied or said >> code & 1:
                    entries.append(
                        Entry(
                            person=person,
                            category=category,
                            granted=not denied,
                            event_time=at,
                            known_time=batch.received,
                            purpose=purpose,
                            source=source or "event",
                            proof=proof,
                        )
                    )
        return entries


def _encoded(column: Any) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Answer the code of each row and the texts by code."""
    encoded = column.cast(pa.string()).fill_null("").dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _plain(codes: npt.NDArray[np.int64], texts: list[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Answer the same with the texts as the ledger keeps what clients say."""
    return codes, [text if is_plain(text) else _REFUSED for text in texts]

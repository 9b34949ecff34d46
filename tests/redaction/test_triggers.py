"""Trigger bits: both implementations say what the expressions say, and no detector's text lacks its bit."""

from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_lift_redaction.detectors import BUILT_IN, Detector
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.triggers import EXPRESSIONS, LONG_NUMBER, Trigger
from redaction_needles import CLEAN, SECRETS, clean_corpus
from redaction_texts import ALPHABET, PIECES, broken_array, texts

from otel_lift.batch import ValueType
from otel_lift.implementations import implementations

TWINS = implementations("otel_lift_redaction.triggers")
ALL = sum(EXPRESSIONS)

each_twin = pytest.mark.parametrize("twin", list(TWINS.values()), ids=list(TWINS))


def bits(twin: ModuleType, column: pa.Array, wanted: int = ALL) -> list[int]:
    """Answer the trigger bits of each text."""
    out = np.zeros(len(column), np.uint32)
    found = twin.find(column, None, None, wanted)
    if found is not None:
        rows, codes, firsts, distinct = found
        out[rows] = distinct[codes]
        assert column.take(pa.array(firsts[codes])).to_pylist() == column.take(pa.array(rows)).to_pylist()
        assert rows.tolist() == sorted(set(rows.tolist()))
        assert distinct.all()
    return out.tolist()


def expected(column: pa.Array) -> list[int]:
    """Answer what the expressions say of each text."""
    out = np.zeros(len(column), np.uint32)
    for trigger, expression in EXPRESSIONS.items():
        out[pc.match_substring_regex(column, expression).to_numpy(zero_copy_only=False)] |= np.uint32(trigger)
    return out.tolist()


@each_twin
@settings(max_examples=100)
@given(drawn=st.lists(texts(), min_size=1, max_size=40))
def test_bits_are_what_the_expressions_say(twin: ModuleType, drawn: list[str]) -> None:
    """A text has a trigger's bit where, and only where, it matches the trigger's expression, in any company."""
    column = pa.array(drawn)
    assert bits(twin, column) == expected(column)


def test_the_twins_agree_on_many_texts() -> None:
    """Every pair of pieces, joined, and a corpus of ordinary texts have the same bits by both implementations."""
    column = pa.array([one + other for one in PIECES for other in PIECES] + clean_corpus(5_000, seed=11))
    first, *others = (bits(twin, column) for twin in TWINS.values())
    for other in others:
        assert other == first


@each_twin
def test_a_card_is_seen_wherever_it_stands(twin: ModuleType) -> None:
    """However many plain characters stand around a card's number, and at the buffer's very end, it has its bit."""
    for before in range(20):
        for after in (0, 1, 2, 5, 8, 13, 16, 19):
            column = pa.array([f"{'x' * before}/4111111111111{'/' * min(after, 1)}{'y' * (after - 1)}"])
            assert bits(twin, column) == [Trigger.CARD], column


@pytest.mark.parametrize("detector", BUILT_IN, ids=[f"{at}-{one.name}" for at, one in enumerate(BUILT_IN)])
@settings(max_examples=8)
@given(drawn=st.lists(texts(), min_size=1, max_size=40), other=st.sampled_from(ALPHABET))
def test_no_text_of_a_detector_lacks_its_bit(detector: Detector, drawn: list[str], other: str) -> None:
    """Whatever text a detector changes has one of the triggers that the detector waits for."""
    cases = [text for text, _ in SECRETS[detector.name]]
    column = pa.array([*drawn, *(other + case + one for case in cases for one in drawn[:3])])
    rows, _ = Rule.by(detector, lambda _: "#").apply(column)
    for twin in TWINS.values():
        having = np.array(bits(twin, column), np.uint32) & detector.trigger
        assert having[rows].all()


@each_twin
def test_only_strings_and_long_numbers_are_looked_at(twin: ModuleType) -> None:
    """Other values, short numbers, nulls, empty texts and spared ones have no bits, even where all texts would."""
    card = "4111111111111111"
    column = pa.array([card] * len(ValueType) + [None, "", card, card[: LONG_NUMBER - 1], card])
    types = np.array([*ValueType, *[ValueType.STRING] * 3, *[ValueType.INT] * 2], np.uint8)
    spared = np.zeros(len(column), np.bool_)
    spared[-3] = True
    for wanted in (ALL, ALL | Trigger.ANY):
        rows, _, _, _ = twin.find(column, types, spared, wanted)
        assert rows.tolist() == [ValueType.STRING, ValueType.INT, ValueType.DOUBLE, len(column) - 1]


@each_twin
def test_slices_and_unwanted_triggers(twin: ModuleType) -> None:
    """A slice of a column has the bits of its own texts, and triggers that nobody waits for are not told."""
    column = pa.array([None, "a@b.io", "x", None, "4111111111111111", *CLEAN])
    for start in range(6):
        assert bits(twin, column.slice(start, 4)) == bits(twin, column)[start : start + 4]
    assert bits(twin, column, Trigger.CARD)[:5] == [0, 0, 0, 0, Trigger.CARD]
    assert bits(twin, column, Trigger.ANY)[:5] == [0, *[Trigger.ANY] * 2, 0, Trigger.ANY]
    assert twin.find(pa.array([], pa.string()), None, None, ALL) is None
    assert twin.find(pa.array(["", None]), None, None, ALL) is None


def test_broken_arrays_are_refused() -> None:
    """Compiled code reads nothing outside of an array: offsets or types that do not fit it are an error."""
    for twin in (module for name, module in TWINS.items() if name == "native"):
        with pytest.raises(ValueError, match="offsets"):
            twin.find(broken_array(), None, None, ALL)
        for types, spared in ((np.ones(1, np.uint8), None), (None, np.zeros(1, np.bool_))):
            with pytest.raises(ValueError, match="lengths"):
                twin.find(pa.array(["a", "b"]), types, spared, ALL)

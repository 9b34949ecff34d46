"""Finders: what is found by hand is what the detector's expression and check find."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_lift_redaction.actions import truncate_address
from otel_lift_redaction.detectors import BUILT_IN
from otel_lift_redaction.forms import FINDERS
from otel_lift_redaction.matching import Rule
from redaction_texts import PIECES, broken_array, texts

from otel_lift.implementations import implementations

TWINS = implementations("otel_lift_redaction.forms")
EMAIL, IPV4 = (next(one for one in BUILT_IN if one.name == name) for name in ("email", "ipv4"))
RULES = {
    "email masked": Rule.mask(EMAIL),
    "email changed": Rule.by(EMAIL, lambda text: f"<{text.upper()}>"),
    "email dropped": Rule.by(EMAIL, lambda _: ""),
    "ipv4 masked": Rule.mask(IPV4),
    "ipv4 to its network": Rule.to_network(IPV4, truncate_address),
    "ipv4 changed": Rule.by(IPV4, lambda text: text[::-1]),
}
SIGNS = "ab1é.@_-:/ \\nx%'"


def applied(rule: Rule, column: pa.Array) -> list[str]:
    rows, changed = rule.apply(column)
    out: list[str] = column.to_pylist()
    for row, text in zip(rows.tolist(), changed.to_pylist(), strict=True):
        out[row] = text
    return out


def numbers() -> st.SearchStrategy[str]:
    """Draw dotted numbers, some of them addresses, with what may stand around them."""
    number = st.sampled_from(["0", "1", "9", "10", "99", "127", "199", "249", "255", "256", "01", "1000"])
    dotted = st.lists(number, min_size=2, max_size=6).map(".".join)
    around = st.sampled_from(["", "", " ", ".", "_", "-", "x", "v", "\\n", "\\t", "é", ":", "/24", "0.0.0", "\\"])
    return st.lists(st.one_of(dotted, around), max_size=8).map("".join)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=100)
@given(drawn=st.lists(st.one_of(texts(), numbers(), st.text(SIGNS, max_size=16)), min_size=1, max_size=20))
def test_a_finder_finds_what_the_expression_finds(name: str, drawn: list[str]) -> None:
    """With every action a text becomes the same with the finder and without it."""
    rule, column = RULES[name], pa.array([*drawn, "0.1.2.3 and .0.0.0"])
    assert applied(rule, column) == applied(replace(rule, finder=None), column)


@pytest.mark.parametrize("name", RULES)
def test_finders_work_on_slices_of_many_texts(name: str) -> None:
    """Every pair of pieces, in a slice of a column, becomes what it becomes by the expression."""
    rule, column = RULES[name], pa.array(["a@b.io", *(one + other for one in PIECES for other in PIECES)]).slice(1)
    assert applied(rule, column) == applied(replace(rule, finder=None), column)


@pytest.mark.parametrize("finder", list(FINDERS.values()), ids=list(FINDERS))
def test_a_finder_takes_any_array(finder: Callable[[pa.Array], np.ndarray]) -> None:
    """Empty arrays and empty texts have no spans, and an array whose offsets do not fit it is refused."""
    assert finder(pa.array([], pa.string())).shape == (0, 3)
    assert finder(pa.array(["", ""])).shape == (0, 3)
    with pytest.raises(ValueError, match="offsets"):
        finder(broken_array())


SPLICED = st.lists(
    st.tuples(st.text("aé🙂 ", max_size=4), st.text("bß", max_size=3), st.text("xü", max_size=3)), max_size=4
)


@pytest.mark.parametrize("twin", list(TWINS.values()), ids=list(TWINS))
@given(drawn=st.lists(SPLICED, min_size=1, max_size=8), offset=st.integers(0, 2))
def test_spans_are_replaced(twin: ModuleType, drawn: list[list[tuple[str, str, str]]], offset: int) -> None:
    """Each span of a text becomes what is shown in its place, and what stands between stays."""
    whole = [f"{''.join(kept + old for kept, old, _ in parts)}-" for parts in drawn]
    spans, shown = [], []
    for row, parts in enumerate(drawn):
        at = 0
        for kept, old, new in parts:
            at += len(kept.encode())
            spans.append((row, at, at + len(old.encode())))
            at += len(old.encode())
            shown.append(new)
    column = pa.array(["-"] * offset + whole).slice(offset)
    where = np.array(spans, np.int32).reshape(-1, 3)
    for said, expected in (
        (shown, [f"{''.join(kept + new for kept, _, new in parts)}-" for parts in drawn if parts]),
        ("<é>", [f"{''.join(f'{kept}<é>' for kept, _, _ in parts)}-" for parts in drawn if parts]),
    ):
        rows, spliced = twin.splice(column, where, said)
        spliced.validate(full=True)
        assert rows.tolist() == [row for row, parts in enumerate(drawn) if parts]
        assert spliced.to_pylist() == expected


def test_spans_outside_of_a_text_are_refused() -> None:
    """Compiled code replaces nothing outside of a text: such spans, and those that overlap, are an error."""
    column = pa.array(["abcd", "ef"])
    for twin in (module for name, module in TWINS.items() if name == "native"):
        for wrong in ([(2, 0, 1)], [(-1, 0, 1)], [(1, 0, 3)], [(0, 3, 2)], [(0, -1, 2)], [(0, 0, 2), (0, 1, 3)]):
            with pytest.raises(ValueError, match="outside"):
                twin.splice(column, np.array(wrong, np.int32), "x")

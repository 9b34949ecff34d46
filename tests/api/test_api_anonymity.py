"""Small groups: what is hidden cannot be told from totals, and no more is hidden than that takes."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.api.anonymity import hide_small_groups

_K = 4
_KINDS = {"name": "text", "people": "count"}


def _table(counts: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"name": f"group {place}", "people": count} for place, count in enumerate(counts)]


def _shown(counts: tuple[int, ...], k: int = _K) -> dict[str, int]:
    return {str(row["name"]): int(row["people"]) for row in hide_small_groups(_table(counts), "people", _KINDS, k)}


@pytest.mark.parametrize(("k", "most", "longest"), [(3, 6, 5), (4, 7, 4), (5, 9, 4)])
def test_no_hidden_count_follows_from_the_total(k: int, most: int, longest: int) -> None:
    """Whoever knows the total, the shown rows and how all this works finds another count possible for each small row.

    All tables of small numbers are tried. Those that look alike are those that one could have before them.
    """
    alike: dict[Any, list[tuple[int, ...]]] = {}
    for length in range(2, longest + 1):
        for counts in product(range(1, most + 1), repeat=length):
            shown = _shown(counts, k)
            if 0 < len(shown) < length:
                alike.setdefault((length, sum(counts), tuple(shown.items())), []).append(counts)
    assert alike
    for (length, _, shown), tables in alike.items():
        for place in range(length):
            possible = {counts[place] for counts in tables}
            assert len(possible) > 1 or f"group {place}" in dict(shown) or min(possible) >= k, (tables, shown)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(2, 10))
def test_every_small_group_is_hidden(counts: list[int], k: int) -> None:
    """No row under k is shown but one that counts nobody and nothing, and the others keep their order."""
    shown = hide_small_groups(_table(tuple(counts)), "people", _KINDS, k)
    assert all(row["people"] >= k or row["people"] == 0 for row in shown)
    if all(count >= k or count == 0 for count in counts):
        assert shown == _table(tuple(counts))
    places = [int(str(row["name"]).removeprefix("group ")) for row in shown]
    assert places == sorted(places)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(1, 20)), max_size=12))
def test_no_row_is_hidden_alone_in_a_group(rows: list[tuple[str, str, int]]) -> None:
    """Of the rows that share a text, none is hidden alone: the text's own total would tell it."""
    table = [{"one": one, "two": two, "people": count} for one, two, count in rows]
    kinds = {"one": "text", "two": "text", "people": "count"}
    left = list(hide_small_groups(table, "people", kinds, 5))
    for column in ("one", "two"):
        for value in "abxyz":
            group = [row for row in table if row[column] == value]
            hidden = len(group) - len([row for row in left if row[column] == value])
            assert hidden != 1 or len(group) == 1


def test_a_group_of_nobody_that_counts_something_is_hidden() -> None:
    """People who did not agree are counted in no row, so a row without people can be of one alone."""
    table = [{"name": "a", "people": 0, "failures": 3}, {"name": "b", "people": 0, "failures": 0}]
    kinds = {"name": "text", "people": "count", "failures": "count"}
    assert hide_small_groups(table, "people", kinds, 5) == table[1:]


def test_one_shows_every_group() -> None:
    """With k of 1 nothing is hidden."""
    assert _shown((0, 1, 2), 1) == {"group 0": 0, "group 1": 1, "group 2": 2}

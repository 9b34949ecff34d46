"""Groups of too few people are hidden, and so is what would tell them.

A row under k people is hidden. What is hidden must not follow from a total less what is shown, so rows with the next
fewest people are hidden too (Cox 1980, complementary cell suppression), for all rows together and for every group of
them that shares a text or a day. It is enough when whoever knows the total, the rows that are shown and these rules
still finds more than one count possible for each hidden row; see `_is_enough`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["hide_small_groups"]

_KEYS = frozenset({"text", "day", "time"})


def hide_small_groups(
    rows: Sequence[Mapping[str, Any]], people: str, kinds: Mapping[str, str], k: int
) -> list[Mapping[str, Any]]:
    """Answer the rows that may be shown, in their order.

    `people` is the column that counts the distinct people of a row, and `kinds` has the kind of each column. A row
    whose every number is zero tells of nobody, and stays.
    """
    if k < 2:
        return list(rows)
    counts = [int(row[people]) for row in rows]
    empty = [_is_empty(row, kinds) for row in rows]
    hidden = {place for place, count in enumerate(counts) if count < k and not empty[place]}
    groups = list(_groups(rows, [place for place in range(len(rows)) if not empty[place]], kinds)) if hidden else []
    before = -1
    while len(hidden) > before:
        before = len(hidden)
        for group in groups:
            hidden |= _complement(group, hidden, counts, k)
    return [row for place, row in enumerate(rows) if place not in hidden]


def _groups(
    rows: Sequence[Mapping[str, Any]], places: Sequence[int], kinds: Mapping[str, str]
) -> Iterator[Collection[int]]:
    yield places
    for column, kind in kinds.items():
        if kind not in _KEYS:
            continue
        sharing: dict[Any, list[int]] = {}
        for place in places:
            sharing.setdefault(rows[place][column], []).append(place)
        yield from (group for group in sharing.values() if 1 < len(group) < len(places))


def _complement(group: Collection[int], hidden: Collection[int], counts: Sequence[int], k: int) -> set[int]:
    """Answer which rows of a group must be hidden beside those that are."""
    inside = [counts[place] for place in group if place in hidden]
    further: list[int] = []
    if not inside:
        return set()
    for place in sorted((place for place in group if place not in hidden), key=counts.__getitem__):
        if _is_enough(inside, [counts[one] for one in further], counts[place], k):
            break
        further.append(place)
    return set(further)


def _is_enough(inside: Sequence[int], further: Sequence[int], fewest: int, k: int) -> bool:
    """Whether rows hidden before (`inside`) and beside them (`further`) hide one another.

    A small row has from one (or from no) to k - 1 people, and a further one from k to `fewest`, which is the least that
    is shown. Their sum must be neither the smallest nor the largest possible, or each would be known; there must be
    more than one row whose count is open; and no further row may be among equals, of which it would be known to be the
    first.
    """
    small = [count for count in inside if count < k]
    if not small or len(small) < len(inside):
        # What is hidden for the sake of another group can have any count.
        return len(inside) + len(further) > 1
    if len(small) + len(further) < 2 or (len(small) == 1 and fewest == k) or fewest in further:
        return False
    least = min(1, *small)
    smallest = len(small) * least + len(further) * k
    largest = len(small) * (k - 1) + len(further) * fewest
    return smallest < sum(small) + sum(further) < largest


def _is_empty(row: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    return not any(row[column] for column, kind in kinds.items() if kind not in _KEYS and column in row)

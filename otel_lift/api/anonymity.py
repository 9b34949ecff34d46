"""Groups of too few people are hidden, and so is what would tell them.

A row under k people is hidden. What is hidden must not follow from a total less what is shown, so rows with the next
fewest people are hidden too, until (Cox 1980, complementary cell suppression; here for every group of rows that share
a text or a day, and for all rows):

- there are at least two of them, and
- they hold at least k people together, and more people than there are of them, since each could else be told to hold
  one.
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
    inside = [place for place in group if place in hidden]
    if not inside:
        return set()
    number, people = len(inside), sum(counts[place] for place in inside)
    further: set[int] = set()
    for place in sorted((place for place in group if place not in hidden), key=counts.__getitem__):
        if number >= 2 and people >= k and people > number:
            break
        further.add(place)
        number, people = number + 1, people + counts[place]
    return further


def _is_empty(row: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    return not any(row[column] for column, kind in kinds.items() if kind not in _KEYS and column in row)

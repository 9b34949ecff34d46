"""`lift_error_patterns` without a person: its rows are of many people, so they are made again from what is left.

Where the events of a row have reached the end of their time to live, they cannot be counted again. There the person's
hash is taken out of the state that counts distinct people, and the example message, which may be theirs, goes.
"""

import uuid
from collections.abc import Iterator, Sequence

from otel_lift.jobs import OpenStore
from otel_lift.rights.mutations import mutate
from otel_lift.rights.tables import PATTERNS
from otel_lift.store.names import literal
from otel_lift.store.schema.lift import ERROR_PATTERNS_VIEW

__all__ = ["Window", "counts_agree", "forget_hashes", "holds_hash", "make_again", "windows_of"]

Window = tuple[int, str]
"""The start of five minutes in Unix seconds, and a fingerprint."""

EVENTS = ERROR_PATTERNS_VIEW.source
_AT_ONCE = 500
_QUIET = {"log_queries": 0}

# A state of uniq (UniquesHashSet) is a byte, the number of hashes as a varint, and 4 bytes a hash. The number of bytes
# tells how long the varint is.
_BYTES = "intDiv(length(hex(affected_users)), 2)"
_HEAD = f"multiIf({_BYTES} <= 2 + 4 * 127, 2, {_BYTES} <= 3 + 4 * 16383, 3, 4)"
_HASHES = f"extractAll(substring(hex(affected_users), 1 + 2 * {_HEAD}), '.{{8}}')"
_VARINT = (
    "multiIf(n < 128, hex(char(n)), n < 16384, hex(char(n % 128 + 128, intDiv(n, 128))), "
    "hex(char(n % 128 + 128, intDiv(n, 128) % 128 + 128, intDiv(n, 16384))))"
)


def windows_of(opened: OpenStore, condition: str) -> set[Window]:
    """Answer the patterns that events count in for which a condition holds."""
    rows = opened.store.query(
        "SELECT DISTINCT toUnixTimestamp(toStartOfFiveMinutes(event_time)), fingerprint "  # noqa: S608 - made of quoted names
        f"FROM {_source(opened)} WHERE fingerprint != '' AND ({condition})",
        settings=_QUIET,
    ).rows
    return {(int(window), str(fingerprint)) for window, fingerprint in rows}


def holds_hash(
    opened: OpenStore, subjects: Sequence[str], until: int | None = None, *, whole: bool = True
) -> set[Window]:
    """Answer the patterns whose count of distinct people has one of these subjects.

    Those whose events are all there still, or (`whole` false) the others; of windows that began at `until` (Unix
    nanoseconds) or before.
    """
    if not subjects:
        return set()
    rows = opened.store.query(
        f"SELECT DISTINCT toUnixTimestamp(window), fingerprint FROM {_patterns(opened)} "  # noqa: S608 - made of quoted names
        f"WHERE {'' if whole else 'NOT '}{_whole(opened)} AND {_has_any(opened, subjects)} AND {_began(until)}",
        settings=_QUIET,
    ).rows
    return {(int(window), str(fingerprint)) for window, fingerprint in rows}


def make_again(opened: OpenStore, windows: Sequence[Window]) -> None:
    """Make these patterns again from the events that are stored. No event may be on its way meanwhile."""
    options, store = opened.options, opened.store
    for chosen in _conditions(windows):
        its = f"toUnixTimestamp(window), fingerprint) IN ({chosen})"
        _mutate(opened, f"DELETE WHERE ({its} AND {_whole(opened)}")
        events = (
            f"(SELECT * FROM {_source(opened)} WHERE "  # noqa: S608 - made of quoted names
            f"(toUnixTimestamp(toStartOfFiveMinutes(event_time)), fingerprint) IN ({chosen}))"
        )
        made = ERROR_PATTERNS_VIEW.select.format(source=events)
        store.command(
            f"INSERT INTO {options.qualified(PATTERNS)} SELECT * FROM ({made}) WHERE {_whole(opened)}",  # noqa: S608 - as above
            settings={
                **_QUIET,
                # else a block that is equal to one before the deletion would count as stored already
                "insert_deduplicate": 0,
                "insert_deduplication_token": f"patterns-{uuid.uuid4()}",
                **({"distributed_foreground_insert": 1} if options.cluster else {}),
            },
        )


def counts_agree(opened: OpenStore, windows: Sequence[Window]) -> bool:
    """Say whether these patterns count what the events are; an insert of another gateway can come in between."""
    for chosen in _conditions(windows):
        (counted,) = opened.store.query(
            f"SELECT sum(occurrences) FROM {_patterns(opened)} "  # noqa: S608 - made of quoted names
            f"WHERE (toUnixTimestamp(window), fingerprint) IN ({chosen}) AND {_whole(opened)}",
            settings=_QUIET,
        ).rows[0]
        (stored,) = opened.store.query(
            "SELECT count() FROM (SELECT toStartOfFiveMinutes(event_time) AS window, fingerprint, event "  # noqa: S608 - as above
            f"FROM {_source(opened)}) "
            f"WHERE (toUnixTimestamp(window), fingerprint) IN ({chosen}) AND {_whole(opened)}",
            settings=_QUIET,
        ).rows[0]
        if counted != stored:
            return False
    return True


def forget_hashes(opened: OpenStore, subjects: Sequence[str], until: int | None = None) -> int:
    """Take these subjects out of patterns whose events are gone, and answer how many patterns had them."""
    windows = holds_hash(opened, subjects, until, whole=False)
    if not windows:
        return 0
    hashes = ", ".join(map(literal, _hashes(opened, subjects)))
    kept = f"arrayFilter(one -> one NOT IN ({hashes}), {_HASHES})"
    state = (
        f"arrayElement(arrayMap(n -> concat(substring(hex(affected_users), 1, 2), {_VARINT}, "
        f"arrayStringConcat({kept})), [length({kept})]), 1)"
    )
    (nothing,) = opened.store.query("SELECT hex(argMaxStateIf('', toDateTime64(0, 9), 0))").rows[0]
    _mutate(
        opened,
        f"UPDATE affected_users = CAST(unhex({state}), 'AggregateFunction(uniq, String)'), "
        f"sample = CAST(unhex({literal(str(nothing))}), 'AggregateFunction(argMax, String, DateTime64(9))') "
        f"WHERE NOT {_whole(opened)} AND {_has_any(opened, subjects)} AND {_began(until)}",
    )
    return len(windows)


def _mutate(opened: OpenStore, command: str) -> None:
    mutate(opened, opened.options.stored(PATTERNS), opened.options.stored_name(PATTERNS), command)


def _whole(opened: OpenStore) -> str:
    """Answer the condition that no event of a pattern's window can have reached the end of its time to live."""
    options = opened.options
    days = f"if(event = 'user_error', {min(options.user_error_days, options.raw_days)}, {options.raw_days})"
    return f"(window + toIntervalDay({days}) > now())"


def _began(until: int | None) -> str:
    return "1" if until is None else f"window <= toDateTime({until // 10**9})"


def _has_any(opened: OpenStore, subjects: Sequence[str]) -> str:
    hashes = ", ".join(map(literal, _hashes(opened, subjects)))
    return f"hasAny({_HASHES}, [{hashes}])"


def _hashes(opened: OpenStore, subjects: Sequence[str]) -> list[str]:
    array = ", ".join(map(literal, subjects))
    rows = opened.store.query(
        f"SELECT substring(hex(arrayReduce('uniqState', [one])), 5) FROM (SELECT arrayJoin([{array}]) AS one)",  # noqa: S608 - quoted
        settings=_QUIET,
    ).rows
    return [str(row[0]) for row in rows]


def _conditions(windows: Sequence[Window]) -> Iterator[str]:
    ordered = sorted(windows)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ", ".join(
            f"({window}, {literal(fingerprint)})" for window, fingerprint in ordered[start : start + _AT_ONCE]
        )


def _source(opened: OpenStore) -> str:
    return opened.options.qualified(EVENTS)


def _patterns(opened: OpenStore) -> str:
    return opened.options.qualified(PATTERNS)

"""Counts of distinct people: which hold a person, and how a person is taken out where a day cannot be made again.

A state of `uniq` holds 4 bytes of a hash of each pseudonym, which whoever knows the pseudonym can look up.
"""

from collections.abc import Sequence

from otel_lift.jobs import OpenStore
from otel_lift.rights.mutations import mutate
from otel_lift.rollups.scope import DERIVED, Scope
from otel_lift.rollups.whole import expired
from otel_lift.store.names import identifier, literal
from otel_lift.store.schema.rollups import Rollup

__all__ = ["counted", "forget", "hashed_as"]

_AT_ONCE = 250  # multiSearchAny takes 255
_QUIET = {"log_queries": 0}
_COUNTING = [rollup for rollup in DERIVED.values() if rollup.people]

# A state of uniq (UniquesHashSet) is a byte, the number of hashes as a varint, and 4 bytes a hash. The number of bytes
# tells how long the varint is.
_BYTES = "intDiv(length(hex({state})), 2)"
_HEAD = f"multiIf({_BYTES} <= 2 + 4 * 127, 2, {_BYTES} <= 3 + 4 * 16383, 3, 4)"
_HASHES = f"extractAll(substring(hex({{state}}), 1 + 2 * {_HEAD}), '.{{{{8}}}}')"
_VARINT = (
    "multiIf(n < 128, hex(char(n)), n < 16384, hex(char(n % 128 + 128, intDiv(n, 128))), "
    "hex(char(n % 128 + 128, intDiv(n, 128) % 128 + 128, intDiv(n, 16384))))"
)


def counted(
    opened: OpenStore, subjects: Sequence[str], until: int | None = None, also: str = "1"
) -> tuple[Scope, Scope]:
    """Answer the days and parts of rollups that count one of these subjects among the people.

    First those that can be made again, then the others; of rows that began at `until` (Unix nanoseconds) or before and
    for which the condition `also` holds, in which ``{table}`` stands for the table's name.
    """
    scopes = Scope(), Scope()
    if not subjects:
        return scopes
    hashes = _hashes(opened, subjects)
    statements = [
        f"SELECT DISTINCT {literal(rollup.name)} AS name, {rollup.own_day} AS at, toString({rollup.part}) AS of, "  # noqa: S608 - quoted
        f"{expired(opened.options, rollup)} AS gone FROM {opened.options.qualified(rollup.name)} "
        f"WHERE {also.format(table=rollup.name)} AND {_holds(rollup, hashes, until)}"
        for rollup in _COUNTING
    ]
    for name, day, part, gone in opened.store.query(" UNION ALL ".join(statements), settings=_QUIET).rows:
        scopes[bool(gone)].add(DERIVED[name], day, frozenset([part]))
    return scopes


def hashed_as(opened: OpenStore, subjects: Sequence[str]) -> str:
    """Answer the condition that the column `subject` of a row has the same hash as one of these subjects."""
    hashes = ", ".join(map(literal, _hashes(opened, subjects)))
    return f"substring(hex(arrayReduce('uniqState', [subject])), 5) IN ({hashes})"


def forget(opened: OpenStore, subjects: Sequence[str], until: int | None = None) -> dict[str, int]:
    """Take these subjects out of counts that cannot be made again; answer by table how many days and parts had them.

    What shows a single row goes from them too, since it may be theirs.
    """
    if not subjects:
        return {}
    forgotten: dict[str, int] = {}
    hashes = _hashes(opened, subjects)
    for rollup in _COUNTING:
        where = f"{expired(opened.options, rollup)} AND {_holds(rollup, hashes, until)}"
        rows = opened.store.query(
            f"SELECT _partition_id, uniqExact({rollup.own_day}, {rollup.part}) "  # noqa: S608 - made of quoted names
            f"FROM {opened.options.qualified(rollup.name)} WHERE {where} GROUP BY _partition_id",
            settings=_QUIET,
        ).rows
        if not rows:
            continue
        values = _without(opened, rollup, hashes)
        commands = [f"UPDATE {values} IN PARTITION ID {literal(str(one))} WHERE {where}" for one, _ in rows]
        mutate(opened, opened.options.stored(rollup.name), opened.options.stored_name(rollup.name), ", ".join(commands))
        forgotten[rollup.name] = sum(int(parts) for _, parts in rows)
    return forgotten


def _without(opened: OpenStore, rollup: Rollup, hashes: Sequence[str]) -> str:
    """Answer what the columns of a row are set to."""
    listed = ", ".join(map(literal, hashes))
    values = []
    for column in map(identifier, rollup.people):
        kept = f"arrayFilter(one -> one NOT IN ({listed}), {_HASHES.format(state=column)})"
        state = (
            f"arrayElement(arrayMap(n -> concat(substring(hex({column}), 1, 2), {_VARINT}, "
            f"arrayStringConcat({kept})), [length({kept})]), 1)"
        )
        values.append(f"{column} = CAST(unhex({state}), 'AggregateFunction(uniq, String)')")
    for column, kind, empty in rollup.samples:
        ((nothing,),) = opened.store.query(f"SELECT hex({empty})").rows
        values.append(f"{identifier(column)} = CAST(unhex({literal(str(nothing))}), {literal(kind)})")
    return ", ".join(values)


def _holds(rollup: Rollup, hashes: Sequence[str], until: int | None) -> str:
    listed = ", ".join(map(literal, hashes))
    pieces = [hashes[start : start + _AT_ONCE] for start in range(0, len(hashes), _AT_ONCE)]
    found = []
    for column in map(identifier, rollup.people):
        # cheap first: the digits anywhere, then as one of the hashes
        anywhere = " OR ".join(f"multiSearchAny(hex({column}), [{', '.join(map(literal, piece))}])" for piece in pieces)
        found.append(f"(({anywhere}) AND hasAny({_HASHES.format(state=column)}, [{listed}]))")
    began = "1" if until is None else f"first_seen <= fromUnixTimestamp64Nano(toInt64({until}))"
    return f"({began} AND ({' OR '.join(found)}))"


def _hashes(opened: OpenStore, subjects: Sequence[str]) -> list[str]:
    array = ", ".join(map(literal, subjects))
    rows = opened.store.query(
        f"SELECT DISTINCT substring(hex(arrayReduce('uniqState', [one])), 5) FROM (SELECT arrayJoin([{array}]) AS one)",  # noqa: S608 - quoted
        settings=_QUIET,
    ).rows
    return [str(row[0]) for row in rows]

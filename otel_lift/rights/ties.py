"""Sessions and addresses that were one person's alone: rows that carry them and name nobody are that person's too.

The rule: a pseudonym of a session or an address that stands in a row of the person, and in no row of the store that
names another person, was theirs alone. An address that a family shares, or a session in which two people signed in,
ties nothing.
"""

from collections.abc import Sequence

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.needles import needles
from otel_lift.rights.tables import PATTERNS, REGISTERS, StoredTable, stored_tables
from otel_lift.store.names import identifier, literal

__all__ = ["find_ties"]

_COLUMNS = ("session_id", "address")
_SUBJECT, _SUBJECT_COLUMN = "lift.subject", "subject"
_AT_MOST = 10_000
_QUIET = {"log_queries": 0}


def find_ties(context: JobContext, opened: OpenStore, of: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Answer the pseudonyms that were alone those of the person whose pseudonyms are `of`; `names` are attributes."""
    tables = [
        (table, ties, named)
        for table in stored_tables(opened)
        if table.name not in REGISTERS | {PATTERNS}
        and (ties := _values(table, names, _COLUMNS))
        and (named := _values(table, (_SUBJECT,), (_SUBJECT_COLUMN,)))
    ]
    with needles(context, opened, of) as person:
        found: set[str] = set()
        for table, ties, _ in tables:
            found |= _query(
                opened, table, f"arrayFilter(v -> match(v, '^[0-9a-f]{{32}}$'), {ties})", table.holds(person.arrays)
            )
        found -= set(of)
        if not found:
            return ()
        with needles(context, opened, sorted(found)[:_AT_MOST]) as ties_found:
            mine = f"arrayConcat({', '.join(person.arrays)})"
            wanted = f"arrayConcat({', '.join(ties_found.arrays)})"
            shared: set[str] = set()
            for table, ties, named in tables:
                strange = f"arrayExists(s -> s != '' AND NOT has({mine}, s), {named})"
                shared |= _query(
                    opened,
                    table,
                    f"arrayFilter(v -> has({wanted}, v), {ties})",
                    f"hasAny({ties}, {wanted}) AND {strange}",
                )
    return tuple(sorted(found - shared)[:_AT_MOST])


def _query(opened: OpenStore, table: StoredTable, values: str, condition: str) -> set[str]:
    rows = opened.store.query(
        f"SELECT DISTINCT arrayJoin({values}) FROM {table.read} WHERE {condition}",  # noqa: S608 - made of quoted names
        settings=_QUIET,
    ).rows
    return {str(row[0]) for row in rows}


def _values(table: StoredTable, names: Sequence[str], columns: Sequence[str]) -> str:
    """Answer SQL of an array of what stands in these attributes and columns of a row, empty text for nothing."""
    arrays = []
    if names:
        wanted = f"[{', '.join(map(literal, names))}]"
        for maps, _ in table.maps():
            arrays.append(f"arrayFlatten(arrayMap(m -> arrayMap(name -> m[name], {wanted}), {maps}))")
    plain = [f"toString({identifier(column)})" for column in columns if column in table.texts]
    if plain:
        arrays.append(f"[{', '.join(plain)}]")
    return f"arrayConcat({', '.join(arrays)})" if arrays else ""

"""What relates rows that other tables hold: the epochs of a person, and errors to who resolved them."""

from otel_lift.store.schema.lift import events
from otel_lift.store.schema.model import Column, PlainView, SchemaOptions, Table
from otel_lift.store.schema.rollups import ROLLUPS
from otel_lift.store.schema.standard import TIME

__all__ = ["linked_views", "relinks", "resolutions"]


def relinks() -> Table:
    """`lift_relinks`: the subjects of older keys with the same person's newest one, in memory and on this node only.

    What relates people lies on no disk; the job that has the keys fills it.
    """
    return Table(
        "lift_relinks",
        (
            Column("subject", "String", "", comment="pseudonym under an older key"),
            Column("linked_subject", "String", "", comment="the same person's newest pseudonym"),
        ),
        engine="Memory",
    )


def resolutions() -> Table:
    """`lift_resolutions`: which errors were said to be resolved, by pattern or one by one; the latest word counts."""
    return Table(
        "lift_resolutions",
        (
            Column("fingerprint", "String", comment="the pattern, empty where it is about one event"),
            Column("event_id", "String", comment="the event, empty where it is about a pattern"),
            Column("resolved", "Bool"),
            Column("resolution", "String", comment="how, in words"),
            Column("resolved_by", "String", comment="who"),
            Column("resolved_at", TIME, "Delta(8), ZSTD(1)"),
        ),
        order_by="(fingerprint, event_id)",
        engine="ReplacingMergeTree",
        version="resolved_at",
        shard_by="cityHash64(fingerprint, event_id)",
    )


def linked_views(options: SchemaOptions) -> tuple[PlainView, ...]:
    """Answer the views in which one person's pseudonyms of several keys are one."""
    user_days = next(rollup for rollup in ROLLUPS if rollup.name == "lift_user_days")
    return (
        _linked("lift_events_relinked", events(options), "linked_subject", options),
        _linked("lift_user_days_linked", user_days.table(options), "person", options),
    )


def _linked(name: str, table: Table, person: str, options: SchemaOptions) -> PlainView:
    # the nodes of a cluster have no links: the one that is asked sends them its own
    join = "GLOBAL LEFT ANY JOIN" if options.cluster else "LEFT ANY JOIN"
    columns = ",\n    ".join(f"e.{column.name} AS {column.name}" for column in table.columns)
    return PlainView(
        name,
        f"SELECT\n    {columns},\n    if(links.linked_subject = '', e.subject, links.linked_subject) AS {person}\n"
        f"FROM {{{table.name}}} AS e\n{join} {{lift_relinks}} AS links ON e.subject = links.subject",
        (table.name, "lift_relinks"),
        f"{table.name} with the person's newest pseudonym as {person}",
    )

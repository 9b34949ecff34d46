"""The tables that keep promises to people: consent, erasures, the sealed links of pseudonyms, and the audit log."""

from otel_lift.store.schema.model import Column, Index, SchemaOptions, Table
from otel_lift.store.schema.standard import LC, TIME

__all__ = ["audit", "consent", "subjects", "tombstones"]

_TIME_CODEC = "Delta(8), ZSTD(1)"
# a row may claim a time up to two days after its arrival, and what relates it must not go before it
_SLACK_DAYS = 4
# By the store's own clock, so that a gateway that reads what is new need not trust the clocks of others.
_INSERTED = Column("inserted_at", "DateTime64(3)", _TIME_CODEC, "DEFAULT", "now64(3)")


def consent() -> Table:
    """`lift_consent`: every grant and withdrawal, by when it holds (event time) and when it was learnt (known time)."""
    return Table(
        "lift_consent",
        (
            Column("entry", "String", comment="hash of the entry: equal ones are one"),
            Column("tenant", LC),
            Column("person", "String", comment="stable pseudonym, never stored with telemetry"),
            Column("category", LC),
            Column("granted", "Bool"),
            Column("event_time", TIME, _TIME_CODEC, comment="from when it holds"),
            Column("known_time", TIME, _TIME_CODEC, comment="when a gateway learnt of it"),
            Column("purpose", LC, comment="what the data may be used for, in the app's own words"),
            Column("source", LC, comment="where it came from: an event, a command"),
            Column("proof", "String", comment="what shows it: the id of a form, a receipt"),
            Column("gateway", LC),
            _INSERTED,
        ),
        indexes=(Index("idx_inserted_at", "inserted_at", "minmax"),),
        order_by="(person, category, event_time, entry)",
        engine="ReplacingMergeTree",
        shard_by="cityHash64(person)",
    )


def tombstones() -> Table:
    """`lift_tombstones`: who was erased and when, so that older data that comes later goes too."""
    return Table(
        "lift_tombstones",
        (
            Column("entry", "String", comment="hash of the entry: equal ones are one"),
            Column("tenant", LC),
            Column("person", "String", comment="stable pseudonym"),
            Column("subjects", "Map(String, String)", comment="the person's pseudonyms by key"),
            Column("erased_at", TIME, _TIME_CODEC, comment="what happened until then is erased"),
            Column("gateway", LC),
            _INSERTED,
        ),
        indexes=(Index("idx_inserted_at", "inserted_at", "minmax"),),
        order_by="(person, erased_at, entry)",
        engine="ReplacingMergeTree",
        shard_by="cityHash64(person)",
    )


def subjects(options: SchemaOptions) -> Table:
    """`lift_subjects`: one row a pseudonym, with what relates it to others as long as its epoch's key exists.

    Gateways write it again each day that they see the pseudonym, so that it goes soon after the last of its rows.

    `tag` and `link` are made with that key (see `otel_lift.keys`): without it nobody can tell whose they are.
    """
    return Table(
        "lift_subjects",
        (
            Column("subject", "String", comment="pseudonym under the epoch's key"),
            Column("subject_key", LC, comment="id of the key"),
            Column("tag", "String", comment="keyed hash of the person: finds the subject of a person"),
            Column("link", "String", comment="the person, sealed: finds the person of a subject"),
            Column("last_seen", TIME, _TIME_CODEC, comment="to the day"),
        ),
        indexes=(Index("idx_tag", "tag", "bloom_filter(0.01)"),),
        order_by="subject",
        engine="ReplacingMergeTree",
        version="last_seen",
        ttl=(f"toDateTime(last_seen) + toIntervalDay({options.raw_days + _SLACK_DAYS})",),
        shard_by="cityHash64(subject)",
    )


def audit(options: SchemaOptions) -> Table:
    """`lift_audit`: who did what, when, about whom (a stable pseudonym), and how many rows it was."""
    return Table(
        "lift_audit",
        (
            Column("time", TIME, _TIME_CODEC),
            Column("actor", "String", comment="who: the user of the machine, or a job"),
            Column("action", LC),
            Column("person", "String", comment="stable pseudonym, empty where it is about nobody"),
            Column("rows", "Map(LowCardinality(String), UInt64)", comment="rows by table"),
            Column("details", "Map(LowCardinality(String), String)"),
            Column("outcome", LC, comment="done or failed"),
            Column("gateway", LC),
        ),
        partition_by="toYYYYMM(time)",
        order_by="(action, time)",
        ttl=(f"toDateTime(time) + toIntervalDay({max(2 * options.aggregate_days, 730)})",),
    )

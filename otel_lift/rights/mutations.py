"""Mutations that come to an end: done, or ended before anything that they name is dropped.

A statement can fail while its mutation goes on: the engine answers UNFINISHED when something else on the table
cancelled it, and a connection can break. And a mutation that can never succeed is tried again for ever, with all later
ones of its table behind it.
"""

import time
from collections.abc import Mapping

from otel_lift.errors import OtelLiftError, StoreError, StoreUnavailableError
from otel_lift.jobs import OpenStore
from otel_lift.rights.tables import StoredTable
from otel_lift.store.failures import error_code
from otel_lift.store.names import literal

__all__ = ["kill_naming", "mutate", "rests"]

_SYNC = {"mutations_sync": 2, "log_queries": 0}
_UNFINISHED = 341
_PATIENCE = 5.0  # seconds without a part that a mutation which failed before gets done
_LONG = 300.0  # the same, of one that did not fail
_POLL = 0.2

_Parts = Mapping[tuple[str, str], tuple[int, bool, bool]]


def mutate(opened: OpenStore, stored: str, local: str, commands: str) -> None:
    """Run ``ALTER TABLE`` with these commands until they are done.

    `stored` is the table's quoted name, `local` its bare one. Where the statement fails, its mutation is waited for
    while it goes on, and else ended. Raises StoreUnavailableError where it was ended, which leaves nothing behind, and
    StoreError, StoreUnavailableError as the statement does.
    """
    before = _mutations(opened, local)
    try:
        opened.store.command(f"ALTER TABLE {stored}{opened.options.on_cluster} {commands}", settings=_SYNC)
    except (StoreError, StoreUnavailableError) as error:
        if not _made_good(opened, local, set(before), error):
            raise


def rests(opened: OpenStore, table: StoredTable) -> bool:
    """Say whether no mutation of the table is under way, of anybody."""
    return all(done for _, done, _ in _mutations(opened, table.local).values())


def kill_naming(opened: OpenStore, name: str) -> None:
    """End the mutations in the database that name a table and are not done."""
    options = opened.options
    opened.store.command(
        f"KILL MUTATION{options.on_cluster} WHERE database = {literal(options.database)} "
        f"AND NOT is_done AND position(command, {literal(name)}) > 0"
    )


def _made_good(opened: OpenStore, local: str, before: set[tuple[str, str]], error: OtelLiftError) -> bool:
    """Wait for the mutation of a statement that failed; say whether it was made at all, and is done."""
    may_go_on = isinstance(error, StoreUnavailableError) or error_code(str(error)) == _UNFINISHED
    left, since, made = -1, time.monotonic(), False
    while True:
        mine = {key: one for key, one in _mutations(opened, local).items() if key not in before}
        running = {key: one for key, one in mine.items() if not one[1]}
        made = made or bool(mine)
        if not running:
            return made
        parts, now = sum(parts for parts, _, _ in running.values()), time.monotonic()
        if parts != left:
            left, since = parts, now
        failed = any(failed for _, _, failed in running.values())
        if not may_go_on or now - since > (_PATIENCE if failed else _LONG):
            for _, mutation in running:
                _kill(opened, local, mutation)
            raise StoreUnavailableError("a deletion could not be done now and was ended; it is tried again") from error
        time.sleep(_POLL)


def _kill(opened: OpenStore, local: str, mutation: str) -> None:
    options = opened.options
    opened.store.command(
        f"KILL MUTATION{options.on_cluster} WHERE database = {literal(options.database)} "
        f"AND table = {literal(local)} AND mutation_id = {literal(mutation)}"
    )


def _mutations(opened: OpenStore, local: str) -> _Parts:
    """Answer by host and id the parts that are to be done, whether it is done, and whether it failed last."""
    options = opened.options
    source = (
        f"clusterAllReplicas({literal(options.cluster)}, system.mutations)" if options.cluster else "system.mutations"
    )
    rows = opened.store.query(
        "SELECT hostName(), mutation_id, parts_to_do, is_done, latest_fail_reason != '' "  # noqa: S608 - a quoted name
        f"FROM {source} WHERE database = {{database:String}} AND table = {{table:String}}",
        {"database": options.database, "table": local},
        settings={"log_queries": 0},
    ).rows
    return {(str(host), str(name)): (int(parts), bool(done), bool(failed)) for host, name, parts, done, failed in rows}

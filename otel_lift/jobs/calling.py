"""`perform`: how a command has something done, by the running gateway or, where none runs, by its own process."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from otel_lift.config import Configuration, load
from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs.client import ask, connect
from otel_lift.jobs.context import ContextMaker, gateway_id
from otel_lift.jobs.core import collect_jobs, collect_operations
from otel_lift.jobs.exports import IdleExports
from otel_lift.jobs.hold import FolderHold, gateway_lives
from otel_lift.jobs.leases import Leases
from otel_lift.jobs.log import JobLog
from otel_lift.jobs.on_demand import run_operation
from otel_lift.jobs.running import find, operate, user_name
from otel_lift.jobs.runs import Runs
from otel_lift.jobs.status import status_operation
from otel_lift.jobs.stores import Stores
from otel_lift.maintenance.backups.folder import backups_folder
from otel_lift.pipeline import NullMeter
from otel_lift.store.embedded import allow_backups

__all__ = ["perform"]

_PATIENCE = 60.0  # seconds for a gateway that starts or restarts to answer
_LOOK = 0.1


def perform(file: Path, name: str, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Have the operation `name` carried out over the data folder of a configuration file, and yield what it answers.

    A gateway that runs on the folder does it, with the keys and the environment that it has; otherwise this process
    does, with its own, and keeps a gateway that starts meanwhile from exporting until it is done. Arguments and answers
    are JSON. Closing the iterator ends the operation at its next answer.

    Raises ConfigError for the file and for an operation that its processors do not bring, StoreUnavailableError where
    another process has the store and does not answer, and what the operation raises.
    """
    config = load(file)
    data = config.service.data.resolve()
    hold = FolderHold(data)
    deadline = time.monotonic() + _PATIENCE
    starting = gateway_lives(data)
    while True:
        connection = connect(data)
        if connection is not None:
            yield from ask(connection, gateway_id(data), name, arguments)
            return
        late = time.monotonic() > deadline
        if (late or not starting) and hold.take():
            break
        if late:
            raise StoreUnavailableError(
                f"process {hold.holder} has the data folder {data} and does not answer; "
                "a gateway's log says why, or restart it; if it is another command, try again when that is done"
            )
        time.sleep(_LOOK)
    try:
        yield from _here(config, name, arguments)
    finally:
        hold.give_back()


def _here(config: Configuration, name: str, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    meter = NullMeter()
    allow_backups(backups_folder(config))
    stores, log = Stores(config), JobLog()
    contexts = ContextMaker(config, stores, IdleExports(config.service.data.resolve()), meter)
    runs, leases = Runs(collect_jobs(config, meter), meter, log), Leases(contexts.make)
    own = (status_operation(False, runs.statuses), run_operation(runs, leases))
    operation = find({**collect_operations(config, meter), **{one.name: one for one in own}}, name)
    with closing(stores):
        failures = stores.open(make_tables=True)
        if not stores.usable:
            raise next(iter(failures.values()))
        context = contexts.make()
        try:
            with closing(operate(context, operation, arguments, user_name())) as answers:
                yield from answers
        finally:
            log.write(context, alone=False)
            leases.give_back()

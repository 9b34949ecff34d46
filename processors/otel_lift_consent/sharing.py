"""The ledger as all gateways share it: by a table of each store, which a job keeps the same as the file."""

import threading
from functools import cache
from pathlib import Path

from otel_lift.jobs import JobContext
from otel_lift.registers import Synced, Synchroniser
from otel_lift_consent.entries import LEDGER, WHAT, ledger_path
from otel_lift_consent.progress import forget_progress

__all__ = ["share"]

_syncing = threading.Lock()


def share(context: JobContext) -> dict[str, Synced]:
    """Sync the ledger of the gateway with each store that can be reached; answer what moved, by exporter.

    Withdrawals are applied again to a store that was restored from an older backup.

    Raises ProcessorError if the file cannot be used.
    """
    with _syncing:
        done = _synchroniser(context.data).run(context.stores)
    for exporter, synced in done.items():
        if synced.restored:
            forget_progress(context.data, exporter)
        context.meter.count("consent_ledger_pushed", synced.pushed)
        context.meter.count("consent_ledger_pulled", synced.pulled)
    return done


@cache
def _synchroniser(data: Path) -> Synchroniser:
    # one of a process: a command that the gateway carries out need not compare all entries again
    return Synchroniser(LEDGER, ledger_path(data), WHAT)

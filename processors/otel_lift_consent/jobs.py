"""What the store process does for consent: share the ledger, and apply withdrawals to what is stored."""

from collections.abc import Sequence

from otel_lift.jobs import Job, JobContext
from otel_lift.pipeline import Services
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.sharing import share

__all__ = ["jobs"]


def jobs(config: ConsentConfig, _services: Services) -> Sequence[Job]:
    """Answer the jobs of the consent component."""

    def sync(context: JobContext) -> None:
        share(context)

    def purge(context: JobContext) -> None:
        # imported where it runs: ingest processes, which never open a store, read this declaration too
        from otel_lift_consent.purge import Purge  # noqa: PLC0415 - as said above

        Purge(config).run(context)

    return (
        Job("consent sync", config.ledger.follow_interval, sync),
        Job("consent purge", config.ledger.purge_interval, purge),
    )

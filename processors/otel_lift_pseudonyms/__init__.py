"""Pseudonyms in place of people: keyed hashes for subjects, sessions and addresses."""

from collections.abc import Sequence

from otel_lift.jobs import Job
from otel_lift.keys import KeySource
from otel_lift.pipeline import ProcessorComponent, Services
from otel_lift_pseudonyms.config import PseudonymsConfig
from otel_lift_pseudonyms.examine import examine
from otel_lift_pseudonyms.processor import PseudonymsProcessor

__all__ = ["COMPONENT", "PseudonymsConfig", "PseudonymsProcessor"]


def _keys(config: PseudonymsConfig, services: Services) -> KeySource:
    return KeySource(config.keys, services.data)


def _jobs(config: PseudonymsConfig, services: Services) -> Sequence[Job]:  # noqa: ARG001 - the signature of `jobs`
    if not config.relink:
        return ()
    from otel_lift_pseudonyms.relink import relink_job  # noqa: PLC0415 - of use in the store process only

    return [relink_job()]


COMPONENT = ProcessorComponent(
    name="pseudonyms", config=PseudonymsConfig, create=PseudonymsProcessor, examine=examine, keys=_keys, jobs=_jobs
)

"""What `otel-lift doctor` is told of the keys."""

from collections.abc import Sequence
from datetime import UTC, datetime

from otel_lift.keys import KeySource, own_file
from otel_lift.pipeline import Services
from otel_lift_pseudonyms.config import PseudonymsConfig

__all__ = ["examine"]


def examine(config: PseudonymsConfig, services: Services) -> Sequence[str]:
    """Say which key is current and how old it is; raises ConfigError if given keys cannot be read."""
    file = own_file(services.data)
    if config.keys is None and not file.exists():
        return [f"no keys are given: the gateway makes its own in {file} at its first start"]
    ring = KeySource(config.keys, services.data).read()
    age = (datetime.now(UTC).date() - ring.current.created).days
    return [f"the current key is {ring.current.id}, {age} days old; {len(ring.keys) - 1} older keys are kept"]

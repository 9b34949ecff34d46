"""The addresses that a gateway listens on, and whether they can be had."""

from collections.abc import Iterator

from otel_lift.config import Configuration
from otel_lift.errors import ConfigError
from otel_lift.net import cannot_listen, listen

__all__ = ["endpoints", "refusal"]


def endpoints(config: Configuration) -> Iterator[tuple[str, str]]:
    """Yield where a configuration names an address to listen on, and the address, ``host:port``."""
    service = config.service
    yield "service.health.endpoint", service.health.endpoint
    yield "service.telemetry.metrics.endpoint", service.telemetry.metrics.endpoint
    if service.api is not None:
        yield "service.api.endpoint", service.api.endpoint
    for kind, section in (("receivers", config.receivers), ("exporters", config.exporters)):
        for configured in section.values():
            for endpoint in configured.component.endpoints(configured.config):
                yield f"{kind}.{configured.id}", endpoint


def refusal(path: str, endpoint: str) -> ConfigError | None:
    """Say why an address cannot be had now, None if it can; `path` is where the user wrote it.

    Whoever starts processes asks first: those of one gateway share their ports, and so would a second gateway.
    """
    try:
        listen(endpoint, reuse_port=False).close()
    except OSError as error:
        return cannot_listen(endpoint, error, path)
    return None

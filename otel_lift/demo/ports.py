"""The ports of the demo: the gateway's usual ones, each of which an environment variable can move."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from otel_lift.errors import ConfigError

__all__ = ["Ports"]

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports on the loopback interface; ``OTEL_LIFT_DEMO_<NAME>_PORT`` moves one, in `demo.yaml` and here alike."""

    grpc: int = 4317
    http: int = 4318
    sql: int = 8123
    api: int = 4319
    metrics: int = 8888
    health: int = 13133

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the variables that are set; raises `ConfigError` for one that is no port."""
        moved = {}
        for field in fields(cls):
            text = environ.get(_variable(field.name))
            if text is None:
                continue
            if not text.isdecimal() or not 0 < int(text) < 2**16:
                raise ConfigError(f"{_variable(field.name)} should be a port from 1 to 65535, such as 14317")
            moved[field.name] = int(text)
        return cls(**moved)

    def variables(self) -> dict[str, str]:
        """Answer the variables that make these ports."""
        return {_variable(field.name): str(getattr(self, field.name)) for field in fields(self)}

    def check(self) -> None:
        """Raise `ConfigError` if a port is taken."""
        for field in fields(self):
            port = getattr(self, field.name)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((_HOST, port))
                except OSError as error:
                    raise ConfigError(
                        f"port {port} is taken ({error.strerror}): end what uses it, another gateway perhaps, "
                        f"or move the demo with {_variable(field.name)}={_free_port()}"
                    ) from error

    def at(self, name: str) -> str:
        """Answer ``host:port`` of one of them."""
        return f"{_HOST}:{getattr(self, name)}"


def _variable(name: str) -> str:
    return f"OTEL_LIFT_DEMO_{name.upper()}_PORT"


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port

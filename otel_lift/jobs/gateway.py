"""The gateway's id in tables that gateways share."""

import uuid
from pathlib import Path

from otel_lift.errors import ConfigError
from otel_lift.private_files import make_once

__all__ = ["gateway_id"]


def gateway_id(data: Path) -> str:
    """Answer the gateway's id, a UUID that is made once for a data folder; raises ConfigError."""
    path = data / "gateway"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_once(path, f"{uuid.uuid4()}\n".encode())
        return str(uuid.UUID(path.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise ConfigError(f"cannot keep the gateway's id in {path}: {error.strerror}; make it writable") from error
    except ValueError as error:
        raise ConfigError(f"{path} should hold a UUID, the gateway's id; remove the file to get a new one") from error

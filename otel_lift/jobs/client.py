"""A command's side of the control socket."""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from otel_lift.errors import ConfigError, StoreUnavailableError, TooLargeError
from otel_lift.jobs.wire import LONGEST_REQUEST, SOCKET, address, error_of, line, read

__all__ = ["ask", "connect"]

_PATIENCE = 30.0  # seconds for a gateway to take a client


def connect(data: Path) -> socket.socket | None:
    """Connect to the gateway that runs on a data folder, None if none answers; raises ConfigError if it may not."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(data / "run") as path:
            connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise ConfigError(
            f"cannot ask the gateway at {data / 'run' / SOCKET} ({error.strerror}); run as the user that it runs as"
        ) from error
    return connection


def ask(
    connection: socket.socket, gateway: str, name: str, arguments: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Have an operation carried out by the gateway of this id, and yield its answers; raises what it raised there.

    Raises StoreUnavailableError if the gateway ends before the operation does, and TooLargeError for the arguments.
    Closing the iterator ends the operation.
    """
    request = line({"operation": name, "arguments": dict(arguments)})
    if len(request) > LONGEST_REQUEST:
        connection.close()
        raise TooLargeError(f"a gateway takes at most {LONGEST_REQUEST} bytes of arguments, not {len(request)}")
    with connection, connection.makefile("rb") as file:
        try:
            connection.settimeout(_PATIENCE)
            greeting = read(file)
            # An operation takes as long as it takes.
            connection.settimeout(None)
            if greeting is not None and greeting.get("gateway") != gateway:
                raise ConfigError("the gateway that answers has another data folder; name the file that it runs with")
            connection.sendall(request)
            while message := read(file):
                if "value" in message:
                    yield message["value"]
                elif "error" in message:
                    raise error_of(message["error"])
                else:
                    return
        except TimeoutError as error:
            raise StoreUnavailableError(
                "the gateway is busy with other commands; try again when one is done"
            ) from error
        except (OSError, ValueError) as error:
            raise _ended(name) from error
    raise _ended(name)


def _ended(name: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"the gateway ended before '{name}' was done, its log says why; ask again, what was done stays done"
    )

"""Which positions of the protocol redaction visits, by construction: every one is tried, none is listed by hand."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from benchmarks.privacy.gateway import Gateway
from otel_lift.batch import Signal
from otel_lift.kernel import encode, json_to_protobuf
from otel_lift.synthetic import IDS, Position, positions, put, read

__all__ = ["EMAIL", "PATHS", "Visit", "otlp_json", "visits"]

EMAIL = "maria.keller-77@mail.example.com"
"""What is planted."""
_TEXT = f"seen {EMAIL} there"
_REDACTED = "seen [email] there"


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of a text in a position."""

    position: Position
    found: str | None

    @property
    def redacted(self) -> bool:
        """Whether the text arrived, without what was planted: a field that is lost was not visited either."""
        return self.found == _REDACTED

    def __str__(self) -> str:
        return f"{'.'.join(self.position)}: {self.found or 'lost'}"


def otlp_json(request: Any) -> bytes:
    """Write a request as OTLP JSON: protobuf's mapping, but ids in hexadecimal and enumerations as numbers."""
    return json.dumps(_hex_ids(MessageToDict(request, use_integers_for_enums=True))).encode()


def _hex_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: base64.b64decode(inner).hex() if _snake(key) in IDS else _hex_ids(inner)
            for key, inner in value.items()
        }
    return [_hex_ids(inner) for inner in value] if isinstance(value, list) else value


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


PATHS: dict[str, Callable[[Signal, Any], bytes]] = {
    "protobuf": lambda _, request: request.SerializeToString(),
    "json": lambda signal, request: json_to_protobuf(signal, otlp_json(request)),
}
"""How a request comes to the kernel, by protocol."""


def visits(gateway: Gateway, signal: Signal, request: type[Message], path: str = "protobuf") -> Iterator[Visit]:
    """Plant an e-mail address in each position of a request's message in turn, and yield what redaction made of it."""
    for position in positions(request.DESCRIPTOR):
        sent: Any = request()
        put(sent, signal, position, _TEXT, 1, time.time_ns())
        done = gateway.process(signal, PATHS[path](signal, sent), last="redaction")
        values = read(request.FromString(encode(done)), position)
        texts = [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values]
        yield Visit(position, next((text for text in texts if text), None))

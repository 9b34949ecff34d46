"""Personal data planted in every string position of OTLP, and the search for it in whatever a gateway wrote."""

import base64
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
from gateways import HOST, query
from google.protobuf.json_format import MessageToDict
from otlp_clients import SERVICES

from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.synthetic import NUMBERS, PLAIN, Needle, Position, positions, put

__all__ = [
    "NEEDLES",
    "Plant",
    "any_of",
    "export",
    "forms",
    "found_in",
    "otlp_json",
    "plants",
    "request_of",
    "segment_rows",
    "table_bytes",
]


def _needle(kind: str, text: str, secret: str | None = None) -> Needle:
    return Needle(kind, PLAIN, text, secret or text)


_PEM = "MIIEpAIBAAKCAQEA7v0dXq3mZb1kR9sT"
NEEDLES: Sequence[Needle] = (
    # keys of providers are put together here, so that nobody's scanner takes this file for a leak
    _needle("email", "maria.keller-77@posteo.example"),
    _needle("card", "4000056655665556"),
    _needle("card with spaces", "5200 8282 8282 8210"),
    _needle("iban", "AT611904300234573201"),
    _needle("phone", "+43 720 880316"),
    _needle("ssn", "536-22-8145"),
    _needle("ipv4", "198.51.100.173"),
    _needle("ipv6", "2001:db8:7a3c:19:aa::4f1e"),
    _needle("mac", "9c:b6:d0:12:ef:5a"),
    _needle(
        "jwt",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTd9.kq2W8cJdQv0xZ7bT5sLr1A",
        "eyJzdWIiOiJtYXJpYSIsImV4cCI6MTd9",
    ),
    _needle("bearer", "Bearer k3J9xQ2mV7tR5zL8nB4c", "k3J9xQ2mV7tR5zL8nB4c"),
    _needle("basic", "Basic bWFyaWE6Z2VoZWltOTk=", "bWFyaWE6Z2VoZWltOTk"),
    _needle("aws key", "AKIA" + "3XQ7LMN2PRT5VWZ9"),
    _needle("aws secret", "aws_secret_access_key=" + "q9XbT2/vLm4Zr8KdWn6+YcHs1JpQe7UaGf3RtBoi", "q9XbT2/vLm4Zr8KdWn6"),
    _needle("github", "ghp_" + "R4tY8uIo2pAs6dFg1hJk5lZx9cVb3nMq7wEe"),
    _needle("stripe", "sk_" + "live_9mQ2wE7rT4yU1iO6pA3sD8fG"),
    _needle("openai", "sk-" + "proj-Zq8Wn3Vb6Xc1Lk4Jh7Gf2Ds5Ap9Oi0Uy"),
    _needle("anthropic", "sk-" + "ant-api03-Tg5Rf8Vd2Ws9Xa4Zq7Ec1Yb6Hn3Uj"),
    _needle("slack", "xox" + "b-774125896301-Kd83hsLqPw0zMvTn"),
    _needle("gcp", "AIza" + "Sy" + "Dk3Lm9Qp2Rt7Vx4Zb8Nc1Wf6Hj5Gs0Ka_e"),
    _needle("private key", f"-----BEGIN PRIVATE KEY-----\n{_PEM}\n-----END PRIVATE KEY-----", _PEM),
    _needle("url password", "amqps://shop:gEh3im99xQ@queue.example/orders", "gEh3im99xQ"),
    _needle("key=value password", "user=shop password=hUnter77two timeout=3", "hUnter77two"),
    _needle("json password", '{"login": "shop", "password": "tr0ub4dor-3x"}', "tr0ub4dor-3x"),
    _needle("query token", "https://shop.example/reset?token=Vn83kQ0zPw7LxT5r&lang=de", "Vn83kQ0zPw7LxT5r"),
    _needle("postal address", "221 Baker Street, Springfield, Illinois 62704", "221 Baker"),
)


@dataclass(frozen=True)
class Plant:
    """A needle in one position of one record, which bears the plant's number."""

    number: int
    signal: Signal
    position: Position
    needle: Needle

    def __str__(self) -> str:
        return f"{self.needle.kind} in {self.signal} {'.'.join(self.position[1:])}"


def plants(signal: Signal, first: int) -> list[Plant]:
    """Every needle in every position that can hold it, numbered from `first`."""
    fitting = [
        (position, needle)
        for position in positions(REQUESTS[signal].DESCRIPTOR, numbers=True)
        for needle in NEEDLES
        if position[-1] not in NUMBERS or needle.text.isdigit()
    ]
    return [Plant(first + at, signal, *pair) for at, pair in enumerate(fitting)]


def request_of(chosen: Sequence[Plant], time_unix_nano: int) -> Any:
    """Build one export request with a resource of its own for each plant."""
    signal = chosen[0].signal
    request = REQUESTS[signal]()
    for plant in chosen:
        # every second text is the needle alone
        text = plant.needle.text if plant.number % 2 else f"seen {plant.needle.text} there"
        put(request, signal, plant.position, text, plant.number, time_unix_nano)
    return request


def export(port: int, signal: Signal, request: Any) -> bytes:
    """Call a gateway's gRPC service with a request; raises `grpc.RpcError` where it is refused."""
    with grpc.insecure_channel(f"{HOST}:{port}") as opened:
        channel: Any = opened  # the stubs ask for serialisers
        answer: bytes = channel.unary_unary(f"/{SERVICES[signal]}/Export")(request.SerializeToString(), timeout=60)
        return answer


def otlp_json(request: Any) -> Any:
    """Answer a request as OTLP JSON would have it, parsed: protobuf's mapping, but ids in hex and enums as numbers."""
    return _hex_ids(MessageToDict(request, use_integers_for_enums=True))


def _hex_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: base64.b64decode(inner).hex() if key in {"traceId", "spanId", "parentSpanId"} else _hex_ids(inner)
            for key, inner in value.items()
        }
    return [_hex_ids(inner) for inner in value] if isinstance(value, list) else value


def forms(secret: str) -> list[bytes]:
    """Answer the bytes that would give a secret away: itself, and its middle in base64 at each of the three offsets."""
    raw = secret.encode()
    encoded = [base64.b64encode(raw[start : start + (len(raw) - start) // 3 * 3]) for start in range(3)]
    return [raw, *(form for form in encoded if len(form) >= 8)]


def found_in(content: bytes, secrets: Mapping[str, Sequence[bytes]]) -> set[str]:
    """Answer the names of the secrets of which a form is in the content."""
    return {name for name, given in secrets.items() if any(form in content for form in given)}


def any_of(folder: Path, secrets: Mapping[str, Sequence[bytes]]) -> dict[str, set[str]]:
    """Search the raw bytes of every file below a folder, and its name; answer what is found by file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = str(path.relative_to(folder)).encode()
        if path.is_file():
            try:
                content += b"\n" + path.read_bytes()
            except FileNotFoundError:  # the store merges its parts as it likes
                continue
        if names := found_in(content, secrets):
            found[str(path.relative_to(folder))] = names
    return found


def segment_rows(spool: Path) -> Iterator[tuple[Path, Any]]:
    """Yield each sealed segment's path and its rows as an Arrow table."""
    for path in sorted(spool.glob("*/*.arrow")):
        with pa.ipc.open_stream(path) as reader:
            yield path, reader.read_all()


def table_bytes(port: int) -> dict[str, bytes]:
    """Answer the rows of all tables of an embedded store that keep data, as bytes without any escape."""
    kept = query(
        port, "SELECT database, name FROM system.tables WHERE notEmpty(data_paths) AND engine NOT LIKE '%View%'"
    )
    answers = {}
    for database, name in kept:
        sql = f"SELECT * FROM `{database}`.`{name}` FORMAT RowBinary".encode()
        request = urllib.request.Request(f"http://{HOST}:{port}/", sql, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            answers[f"{database}.{name}"] = answer.read()
    return answers

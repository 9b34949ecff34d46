"""The attributes of the measured shapes: twelve a record, with few or many distinct values and keys."""

import random
from collections.abc import Callable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from benchmarks.traffic.files import STAMP

__all__ = ["ROUTES", "attribute", "distinct_values", "keys_from", "new_sessions", "standard"]

ROUTES = ["/api/notes", "/api/notes/{id}", "/api/career/plan", "/api/flashcards", "/api/login", "/api/checkout"]
_AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
]
_STAMP = STAMP.decode()


def attribute(key: str, value: str | int | bool) -> KeyValue:
    """Make one attribute."""
    match value:
        case bool():
            return KeyValue(key=key, value=AnyValue(bool_value=value))
        case int():
            return KeyValue(key=key, value=AnyValue(int_value=value))
        case _:
            return KeyValue(key=key, value=AnyValue(string_value=value))


def standard(rng: random.Random, person: int) -> list[KeyValue]:
    """Twelve attributes; one record in five carries an e-mail address in its message, each one a client address."""
    route = rng.choice(ROUTES)
    message = f"rendered in {rng.randrange(900)} ms after {rng.randrange(5)} queries"
    if rng.random() < 0.2:
        message = f"sent a reminder to person{person}@example.com after {rng.randrange(5)} queries"
    return [
        attribute("http.request.method", rng.choice(["GET", "POST"])),
        attribute("http.route", route),
        attribute("url.path", route.replace("{id}", str(rng.randrange(100_000)))),
        attribute("http.response.status_code", rng.choice([200, 200, 200, 201, 404, 500])),
        attribute("server.address", "app.internal.example"),
        attribute("client.address", f"203.0.113.{rng.randrange(256)}"),
        attribute("user_agent.original", rng.choice(_AGENTS)),
        attribute("user.id", f"user-{person}"),
        attribute("session.id", f"{person:08x}{person * 2654435761 % 2**96:024x}"),
        attribute("db.operation.name", "SELECT"),
        attribute("app.cache.hit", rng.random() < 0.7),
        attribute("app.message", message),
    ]


def new_sessions(rng: random.Random, person: int) -> list[KeyValue]:
    """Make the standard attributes, but every request brings sessions that nobody saw before."""
    return [
        attribute("session.id", f"{_STAMP}{rng.randrange(16**24):024x}") if found.key == "session.id" else found
        for found in standard(rng, person)
    ]


def distinct_values(rng: random.Random, person: int) -> list[KeyValue]:
    """Make the standard keys, but no two values of a text are ever the same, people and sessions included."""

    def unlike(found: KeyValue) -> KeyValue:
        if found.value.HasField("string_value"):
            return attribute(found.key, f"{found.value.string_value} {_STAMP}{rng.randrange(16**8):08x}")
        return found

    return [unlike(found) for found in standard(rng, person)]


def keys_from(pool: int, of_each: int = 1) -> Callable[[random.Random, int], list[KeyValue]]:
    """Make attributes of which the last `of_each` of twelve have keys out of `pool` distinct ones."""
    names = [f"app.field.{number:05d}" for number in range(pool)]

    def make(rng: random.Random, person: int) -> list[KeyValue]:
        kept = standard(rng, person)[: 12 - of_each]
        return kept + [attribute(key, f"value {rng.randrange(1_000)}") for key in rng.sample(names, of_each)]

    return make

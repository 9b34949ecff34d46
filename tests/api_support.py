"""An API that signs people in: their issuer, a gateway of two tenants, and what these did."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from gateways import HOST, Gateway, free_port

ISSUER, AUDIENCE = "https://issuer.example", "otel-lift"
TENANTS = ("acme", "birch")
AGREED = ["essential", "analytics", "personalization", "marketing"]
HOURLY = 150


class Issuer:
    """Signs tokens, and publishes its keys at `url`; `fetched` counts how often these were asked for."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"one": ec.generate_private_key(ec.SECP256R1())}
        self.published = ["one"]
        self.fetched = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.fetched += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(outer.jwks()).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://{HOST}:{self._server.server_port}/jwks"

    def jwks(self) -> dict[str, Any]:
        """Answer the published keys."""
        return {"keys": [self._jwk(name) for name in self.published]}

    def add(self, name: str, key: Any = None) -> None:
        """Make a key and publish it."""
        self.keys[name] = key or rsa.generate_private_key(65537, 2048)
        self.published.append(name)

    def token(self, *roles: str, user: str | None = None, key: str = "one", **claims: Any) -> str:
        """Sign a token for a user, a new one if none is named; a claim of None is left out."""
        given = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user or f"user-{uuid4().hex[:12]}",
            "exp": time.time() + 600,
            "roles": list(roles),
            "tenant": TENANTS[0],
            **claims,
        }
        algorithm = "RS256" if isinstance(self.keys[key], rsa.RSAPrivateKey) else "ES256"
        kept = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(kept, self.keys[key], algorithm, headers={"kid": key})

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()

    def _jwk(self, name: str) -> dict[str, Any]:
        key = self.keys[name]
        kind: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig"}


class Tenants:
    """A running gateway of two tenants behind sign-in, and what they sent."""

    def __init__(self, running: Gateway, issuer: Issuer, doors: Mapping[str, int]) -> None:
        self.gateway = running
        self.issuer = issuer
        self.base = f"http://{HOST}:{running.ports['api']}"
        self._doors = doors

    def client(self, *roles: str, **claims: Any) -> httpx.Client:
        """Answer a client that signs in as a new user."""
        headers = {"Authorization": f"Bearer {self.issuer.token(*roles, **claims)}"}
        return httpx.Client(base_url=f"{self.base}/api/v1/", headers=headers, timeout=60)

    def send(self, tenant: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Post plain JSON events to a tenant's receiver."""
        url = f"http://{HOST}:{self._doors[tenant]}/v1/events"
        request = urllib.request.Request(url, json.dumps(events).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200


def events_of(tenant: str) -> list[dict[str, Any]]:
    """Answer events that name their tenant everywhere: errors of 12 people, rarer ones of 2, and visits."""
    made: list[dict[str, Any]] = []
    # Viewers see whole five minutes.
    moment = int((time.time() - 600) * 1000)

    def add(event: str, person: int, data: Mapping[str, Any]) -> None:
        who = {"user_id": f"{person}@{tenant}.example", "session_id": f"session of {person} at {tenant}"}
        data = {**who, **data}
        time_ = moment + len(made)
        made.append({"event": event, "service": f"{tenant}-app", "consent": AGREED, "timestamp": time_, "data": data})

    for person in range(12):
        for _ in range(1 + person // 4):
            text = f"{tenant} upstream is away"
            add(
                "api_error", person, {"http.route": f"/{tenant}/pay", "message": text, "http.response.status_code": 502}
            )
        add("page_load", person, {"page": f"/{tenant}/home", "duration_ms": 100 + person})
        add("feature_used", person, {"feature": f"{tenant} notes"})
    for person in range(2):
        add("payment_error", person, {"error_type": "card_declined", "message": f"{tenant} card was declined"})
    return made


@contextmanager
def tenants(folder: Path) -> Iterator[Tenants]:
    """Run a gateway of two tenants whose users sign in, with events of both sent."""
    issuer = Issuer()
    auth = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": issuer.url}
    limits = {"requests_per_hour": HOURLY, "max_rows": 1000, "streams_per_user": 2}
    with Gateway(folder) as made:
        config, doors = made.config, {tenant: free_port() for tenant in TENANTS}
        config["service"]["api"] = {"endpoint": f"{HOST}:{made.ports['api']}", "auth": auth, "limits": limits}
        config["receivers"] = {
            f"otlp/{tenant}": {"protocols": {"http": {"endpoint": f"{HOST}:{doors[tenant]}"}}, "tenant": tenant}
            for tenant in TENANTS
        }
        config["exporters"] = {
            f"clickhouse/{tenant}": {**made.exporter(None), "sql_endpoint": None, "tenant": tenant}
            for tenant in TENANTS
        }
        config["service"]["pipelines"] = {
            f"logs/{tenant}": {
                "receivers": [f"otlp/{tenant}"],
                "processors": list(config["processors"]),
                "exporters": [f"clickhouse/{tenant}"],
            }
            for tenant in TENANTS
        }
        made.write()
        made.start()
        running = Tenants(made, issuer, doors)
        for tenant in TENANTS:
            running.send(tenant, events_of(tenant))
        yield running
    issuer.close()

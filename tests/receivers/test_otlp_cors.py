"""Cross-origin requests of browsers."""

from typing import Any

import pytest
from otlp_clients import JSON, PROTOBUF, Reply, Serve, Served, send

ALLOWED = {"allowed_origins": ["https://app.example.com", "https://*.example.org"]}


def preflight(served: Served, origin: str, path: str = "/v1/traces") -> Reply:
    """Ask as a browser does before it sends JSON to another origin."""
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-request-id",
    }
    return send(served.connect(), "OPTIONS", path, None, headers)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example.com", True),
        ("https://APP.example.com", True),
        ("https://shop.example.org", True),
        ("https://a.b.example.org", True),
        ("https://example.org", False),
        ("http://app.example.com", False),
        ("https://app.example.com.evil.net", False),
        ("https://evil.net/.example.org", False),
        ("https://evil.net?.example.org", False),
        ("https://appXexample.com", False),
        ("null", False),
    ],
)
def test_origins(serve: Serve, origin: str, allowed: bool) -> None:
    """Only allowed origins, wildcards included, may ask and read."""
    served = serve(http={"cors": ALLOWED})
    asked = preflight(served, origin)
    posted = served.post("/v1/traces", b"", origin=origin)
    expected = origin if allowed else None
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, expected)
    assert asked.headers["access-control-allow-methods"] == ("POST" if allowed else None)
    assert (posted.status, posted.headers["access-control-allow-origin"]) == (200, expected)
    assert posted.headers["vary"] == "Origin"


def test_none_by_default(served: Served) -> None:
    """Without a configured origin no page is answered in a way that it could read."""
    asked = preflight(served, "https://app.example.com")
    posted = served.post("/v1/traces", b"", origin="https://app.example.com")
    assert (asked.status, posted.status) == (405, 200)
    assert not [name for reply in (asked, posted) for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("extra", "header", "value"),
    [
        ({}, "access-control-allow-headers", "accept, content-encoding, content-type, x-requested-with"),
        (
            {"allowed_headers": ["X-Request-Id"]},
            "access-control-allow-headers",
            "accept, content-encoding, content-type, x-request-id, x-requested-with",
        ),
        ({"allowed_headers": ["*"]}, "access-control-allow-headers", "content-type,x-request-id"),
        ({"max_age": "2h"}, "access-control-max-age", "7200"),
        ({"allowed_origins": ["*"]}, "access-control-allow-origin", "https://app.example.com"),
    ],
)
def test_preflight_settings(serve: Serve, extra: dict[str, Any], header: str, value: str) -> None:
    """A preflight is answered with the configured headers and age."""
    served = serve(http={"cors": {**ALLOWED, **extra}})
    assert preflight(served, "https://app.example.com").headers[header] == value


def test_errors_can_be_read(serve: Serve) -> None:
    """A page can read a refusal, and when to come back."""
    served = serve(http={"cors": ALLOWED})
    reply = served.post("/v1/traces", b"{", JSON, origin="https://app.example.com")
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (400, "https://app.example.com")
    assert reply.headers["access-control-expose-headers"] == "Retry-After"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://app.example.com", 200), ("https://evil.net", 403), (None, 200), ("own", 200)],
)
def test_text_from_pages(serve: Serve, origin: str | None, status: int) -> None:
    """Text, which pages may send anywhere without asking, is taken from allowed pages and the gateway's own only."""
    served = serve(http={"cors": ALLOWED})
    own = f"http://127.0.0.1:{served.ports['http']}"
    headers = {} if origin is None else {"origin": own if origin == "own" else origin}
    reply = served.post("/v1/events", b'{"event":"page_load"}', "text/plain;charset=UTF-8", **headers)
    assert reply.status == status
    assert len(served.sink.requests) == (status == 200)


def test_text_is_no_otlp(served: Served) -> None:
    """OTLP itself is not taken as text."""
    assert served.post("/v1/traces", b"{}", "text/plain").status == 415
    assert served.post("/v1/events", b"", PROTOBUF).status == 415

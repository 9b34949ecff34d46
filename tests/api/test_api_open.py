"""The API where nobody signs in: this machine's own users may do all, and web pages of others nothing."""

import json

import httpx
import pytest
from gateways import HOST, Gateway

from otel_lift.config import loads
from otel_lift.errors import ConfigError

pytest_plugins = ["api_fixtures"]

_PAGE = "https://evil.example"


def test_everybody_on_this_machine_may_do_all(unguarded: tuple[Gateway, str]) -> None:
    """Who asks is an administrator of the only tenant, and is not counted."""
    _, base = unguarded
    me = httpx.get(f"{base}/api/v1/me").json()["data"]
    assert me == {"user": "local", "roles": ["admin"], "tenant": "default", "open": True}
    for path in ("admin/jobs", "admin/pipeline", "admin/config", "admin/audit-log", "queries"):
        answer = httpx.get(f"{base}/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["metadata"]["confidence"] < 1


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "192.168.0.9"])
def test_a_name_that_is_rebound_is_refused(unguarded: tuple[Gateway, str], host: str) -> None:
    """A page whose name was made to lead to this machine gets nothing, not even the console."""
    _, base = unguarded
    for path in ("/api/v1/me", "/api/v1/health", "/", "/api/v1/realtime/stream"):
        assert httpx.get(base + path, headers={"Host": host}).status_code == 403


def test_pages_of_others_change_nothing(unguarded: tuple[Gateway, str]) -> None:
    """A changing request that a page of another origin sends is refused before it is read; one of ours is not."""
    _, base = unguarded
    url, body = f"{base}/api/v1/errors/{'0' * 64}/resolve", {"resolution": "x"}
    for origin in (_PAGE, "null", "http://127.0.0.1:1", base.replace("http://", "http://evil.example@")):
        assert httpx.post(url, json=body, headers={"Origin": origin}).json()["error"]["code"] == "origin"
    assert httpx.post(url, json=body, headers={"Origin": base}).status_code == 200
    assert "access-control-allow-origin" not in httpx.get(f"{base}/api/v1/me", headers={"Origin": _PAGE}).headers


def test_the_console_is_served_with_headers_that_shut_others_out(unguarded: tuple[Gateway, str]) -> None:
    """The console's page comes with a policy that lets nothing be loaded from elsewhere."""
    _, base = unguarded
    page = httpx.get(base)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert httpx.get(f"{base}/../../etc/passwd").status_code == 404
    assert httpx.get(f"{base}/%2e%2e/__init__.py").status_code == 404


def test_settings_are_shown_without_secrets(unguarded: tuple[Gateway, str]) -> None:
    """The configuration of the running gateway is shown masked."""
    running, base = unguarded
    shown = httpx.get(f"{base}/api/v1/admin/config").json()["data"]
    assert shown["service"]["data"] == str(running.data)
    keys = next((running.data / "keys").glob("*.keys")).read_text()
    secrets = [word for word in keys.replace(",", " ").split() if len(word) >= 64]
    assert secrets
    assert not any(secret in json.dumps(shown) for secret in secrets)


@pytest.mark.parametrize(
    ("api", "wrong"),
    [
        ({"endpoint": "0.0.0.0:4319"}, "auth"),
        ({"endpoint": "api.example:4319"}, "auth"),
        ({"auth": {"issuer": "i", "audience": "a"}}, "jwks_url"),
        ({"auth": {"issuer": "i", "audience": "a", "jwks_url": "http://keys.example/jwks"}}, "https"),
        ({"auth": {"issuer": "i", "audience": "a", "jwks_url": "file:///etc/passwd"}}, "https"),
        ({"auth": {"issuer": "i", "audience": "a", "jwks_file": "x", "algorithms": ["HS256"]}}, "algorithms"),
        ({"auth": {"issuer": "i", "audience": "a", "jwks_file": "x", "algorithms": ["none"]}}, "algorithms"),
        ({"anonymity": {"k": 0}}, "k"),
    ],
)
def test_settings_that_would_let_others_in_are_refused(api: dict[str, object], wrong: str) -> None:
    """Beyond loopback the API needs sign-in, by keys that nobody on the way can change, and by real signatures."""
    config = {
        "receivers": {"otlp": {"protocols": {"http": {}}}},
        "exporters": {"clickhouse": {}},
        "service": {"api": api, "pipelines": {"logs": {"receivers": ["otlp"], "exporters": ["clickhouse"]}}},
    }
    with pytest.raises(ConfigError, match=rf"service\.api.*{wrong}"):
        loads(json.dumps(config))


def test_the_api_can_be_switched_off_and_never_takes_a_port_that_is_taken(unguarded: tuple[Gateway, str]) -> None:
    """Null for the API is a valid setting; a port that another gateway has is told before anything starts."""
    running, _ = unguarded
    second = Gateway(running.file.parent / "second", service={"api": {"endpoint": f"{HOST}:{running.ports['api']}"}})
    with second:
        second.launch()
        assert second.supervisor.wait(60) == 1
    assert f"service.api.endpoint: cannot listen on {HOST}:{running.ports['api']}" in second.log.read_text()

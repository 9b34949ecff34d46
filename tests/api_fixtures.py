"""One gateway of two tenants for all tests of the API that sign in, and one where nobody does."""

from collections.abc import Iterator

import httpx
import pytest
from api_support import TENANTS, Tenants, tenants
from gateways import HOST, Gateway, until


@pytest.fixture(scope="session")
def two_tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    """Answer a gateway whose tenants' events are stored."""
    with tenants(tmp_path_factory.mktemp("tenants")) as running:
        until(lambda: all(_stored(running, tenant) for tenant in TENANTS), "stored")
        yield running


@pytest.fixture(scope="session")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str]]:
    """Answer a gateway without sign-in, and where its API is."""
    with Gateway(tmp_path_factory.mktemp("unguarded")) as made:
        made.config["service"]["api"] = {"endpoint": f"{HOST}:{made.ports['api']}"}
        made.write()
        made.start()
        base = f"http://{HOST}:{made.ports['api']}"
        until(lambda: _answers(f"{base}/api/v1/health"), "answers")
        yield made, base


def _stored(running: Tenants, tenant: str) -> bool:
    try:
        with running.client("admin", tenant=tenant) as client:
            answer = client.get("queries/failures-by-event")
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and len(answer.json()["data"]) == 2


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False

"""Tenants: whoever signs in for one sees nothing of another, whatever they ask for."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from api_support import Tenants, events_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_lift.api.paths import DASHBOARDS, PATHS
from otel_lift.queries import QUERIES

pytest_plugins = ["api_fixtures"]

_FOREIGN = "birch"


@pytest.fixture(scope="session")
def foreign(two_tenants: Tenants) -> list[str]:
    """Answer what names the other tenant's things: databases, people, sessions, patterns, events, services."""
    theirs, ours = (_ids(two_tenants, tenant) for tenant in (_FOREIGN, "acme"))
    assert theirs - ours
    raw = {text for event in events_of(_FOREIGN) for text in (event["data"]["user_id"], event["data"]["session_id"])}
    tricks = {
        f"otel_{_FOREIGN}",
        f"otel_{_FOREIGN}.lift_events",
        f"' UNION ALL SELECT * FROM otel_{_FOREIGN}.lift_events --",
    }
    return sorted((theirs - ours) | raw | tricks)


def _ids(two_tenants: Tenants, tenant: str) -> set[str]:
    with two_tenants.client("admin", tenant=tenant) as client:
        rows = client.get("queries/error-feed").json()["data"]
    names = ("subject", "session_id", "fingerprint", "event_id", "service", "endpoint")
    return {row[name] for row in rows for name in names if row[name]}


@pytest.fixture(scope="session")
def clients(two_tenants: Tenants) -> Iterator[httpx.Client]:
    """Answer clients of one tenant's administrators, a new one for each hundred requests."""

    def ever() -> Iterator[httpx.Client]:
        while True:
            with two_tenants.client("admin") as client:
                for _ in range(100):
                    yield client

    return ever()


def _reading() -> list[str]:
    paths = [f"queries/{name}" for name in QUERIES]
    return [*paths, *PATHS, *(f"dashboard/{name}" for name in DASHBOARDS)]


def _is_silent(answer: httpx.Response, foreign: list[str], given: str = "") -> bool:
    """Whether an answer has nothing of the other tenant; what was given is no news."""
    text = answer.text
    return not any(one in text for one in foreign if one != given and one not in given)


def test_no_path_shows_another_tenants_rows(clients: Iterator[httpx.Client], foreign: list[str]) -> None:
    """Every path over a month has rows of the own tenant alone, and some have any."""
    answered = 0
    for path in _reading():
        named = path.partition("{")[2].partition("}")[0]
        answer = next(clients).get(
            path.replace(f"{{{named}}}", "0" * 32), params={"from": "-2d"} if "{" not in path else {}
        )
        if answer.status_code == 400:
            answer = next(clients).get(path)
        assert answer.status_code in {200, 413}, (path, answer.text)
        assert _is_silent(answer, foreign), (path, [one for one in foreign if one in answer.text])
        assert f"{_FOREIGN}-app" not in answer.text, path
        answered += "acme" in answer.text
    assert answered > 10


def test_no_id_of_another_tenant_finds_anything(clients: Iterator[httpx.Client], foreign: list[str]) -> None:
    """Ids of another tenant's people, sessions and patterns, in any text parameter of any query, find nothing."""
    texts = [
        (path, name)
        for path, named in {f"queries/{name}": named for name, named in QUERIES.items()}.items()
        for name, parameter in named.parameters.items()
        if parameter.type == "String"
    ]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(texts), st.sampled_from(foreign))
    def nothing(place: tuple[str, str], value: str) -> None:
        path, name = place
        answer = next(clients).get(path, params={name: value})
        assert answer.status_code in {200, 400}, answer.text
        assert _is_silent(answer, foreign, value)
        if name in {"subject", "session_id", "fingerprint"} and answer.status_code == 200:
            assert not any(_tells(row) for row in answer.json()["data"]), (path, value)

    nothing()


def test_no_change_reaches_another_tenant(two_tenants: Tenants, foreign: list[str]) -> None:
    """A resolution, an erasure and an export of one tenant leave the other's as they are."""
    pattern = next(one for one in foreign if len(one) == 64 and one.isalnum())
    whom = {"ids": [f"3@{_FOREIGN}.example"], "wait": 0}
    with two_tenants.client("admin", tenant=_FOREIGN) as theirs, two_tenants.client("admin") as ours:
        before = theirs.get("queries/error-feed").json()["data"]
        assert ours.post(f"errors/{pattern}/resolve", json={"resolution": "not ours"}).status_code == 200
        assert theirs.get("errors/resolutions").json()["data"] == []
        exported = [json.loads(line) for line in ours.post("subjects/export", json=whom).text.splitlines()]
        assert {line["table"] for line in exported[:-1]} <= {"lift_audit"}
        assert ours.post("subjects/erase", json=whom).status_code == 200
        assert theirs.get("queries/error-feed").json()["data"] == before
        assert not any("not ours" in str(row) for row in theirs.get("admin/audit-log").json()["data"])


def test_a_tenant_without_a_store_is_told_so(two_tenants: Tenants) -> None:
    """A token of a tenant that the gateway does not have, or of none, reaches no data at all."""
    for tenant in ("cedar", "otel", None, ""):
        with two_tenants.client("admin", tenant=tenant) as client:
            for path in ("queries/failures-by-event", "realtime/stream", "dashboard/failures", "admin/pipeline"):
                answer = client.get(path)
                assert (answer.status_code, answer.json()["error"]["code"]) == (403, "tenant")


def test_live_figures_are_the_tenants_own(two_tenants: Tenants) -> None:
    """An event of one tenant is in its own listeners' stream only."""
    with (
        two_tenants.client("on-call") as ours,
        two_tenants.client("on-call", tenant=_FOREIGN) as theirs,
        ours.stream("GET", "realtime/stream") as our_stream,
        theirs.stream("GET", "realtime/stream") as their_stream,
    ):
        our_lines, their_lines = our_stream.iter_lines(), their_stream.iter_lines()
        for lines in (our_lines, their_lines) * 2:
            next(line for line in lines if line.startswith("data"))
        event = {"event": "db_pool_error", "service": "birch-db", "consent": ["essential"], "data": {}}
        assert theirs.post("errors/track", json=event).status_code == 202
        assert next(line for line in their_lines if line == "event: error")
        ours_then: list[Any] = [next(line for line in our_lines if line.startswith("event")) for _ in range(2)]
    assert ours_then == ["event: metrics"] * 2


def _tells(row: dict[str, Any]) -> bool:
    return any(isinstance(value, int | float) and value for value in row.values())

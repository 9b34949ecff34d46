"""The API of a running gateway: roles, small groups, limits, people, what is on record, and what is live."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_support import AGREED, HOURLY, Tenants
from gateways import until

pytest_plugins = ["api_fixtures"]

_PERSON = "0@acme.example"


@pytest.fixture
def on_call(two_tenants: Tenants) -> Iterator[httpx.Client]:
    """Answer a client of somebody on call."""
    with two_tenants.client("on-call") as client:
        yield client


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def _log(two_tenants: Tenants, **wanted: str) -> list[dict[str, Any]]:
    """Answer the audit log's rows whose columns have these values."""
    with two_tenants.client("privacy-officer") as client:
        rows = _rows(client.get("admin/audit-log", params={"from": "-1h", "limit": 900}))
    return [row for row in rows if wanted.items() <= row.items()]


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        ((), set()),
        (("unheard-of",), set()),
        (("viewer",), {"queries/failures-by-event"}),
        (("analyst",), {"queries/failures-by-event", "queries/pipeline-health", "errors/resolutions"}),
        (("on-call",), {"queries/failures-by-event", "queries/pipeline-health", "errors/resolutions", "errors/user/x"}),
        (("privacy-officer",), {"queries/failures-by-event", "admin/audit-log"}),
    ],
)
def test_each_role_may_what_it_includes(two_tenants: Tenants, roles: tuple[str, ...], allowed: set[str]) -> None:
    """A role reads its own questions and those of the roles below, and is refused all others by name."""
    paths = {"queries/failures-by-event", "queries/pipeline-health", "errors/resolutions", "errors/user/x"}
    with two_tenants.client(*roles) as client:
        answers = {path: client.get(path) for path in paths | {"admin/audit-log"}}
        assert {path for path, answer in answers.items() if answer.status_code == 200} == allowed
        assert {_code(answer) for path, answer in answers.items() if path not in allowed} <= {(403, "forbidden")}
        asked = {row["role"] for row in _rows(client.get("queries"))}
        person = {"ids": ["x"], "wait": 0}
        change = client.post(f"errors/{'0' * 64}/resolve", json={"resolution": "x"})
        assert (change.status_code == 200) == ("on-call" in roles)
        assert (client.post("subjects/verify", json=person).status_code == 200) == ("privacy-officer" in roles)
    assert asked <= {"viewer", *roles} | ({"analyst"} if "on-call" in roles else set())


def test_small_groups_are_hidden_from_viewers(two_tenants: Tenants, on_call: httpx.Client) -> None:
    """An error of two people is hidden from viewers, and a larger group with it, so that no total tells its number."""
    whole = _rows(on_call.get("queries/failures-by-event"))
    people = {row["event"]: row["affected_users"] for row in whole}
    assert (people["api_error"], people["payment_error"]) == (12, 2)
    with two_tenants.client("viewer") as client:
        answer = client.get("queries/failures-by-event")
    assert "payment_error" not in {row["event"] for row in _rows(answer)}
    metadata = answer.json()["metadata"]
    assert metadata["hidden"] == len(whole) - len(_rows(answer)) >= 2
    assert metadata["data_points"] == sum(row["failures"] for row in _rows(answer))
    assert metadata["from"][14:] in {f"{minute:02}:00.000Z" for minute in range(0, 60, 5)}
    assert metadata["notes"]


def test_breaking_the_glass_is_on_record(two_tenants: Tenants) -> None:
    """An analyst who gives a reason sees small groups, and the audit log has the reason; a viewer may not."""
    reason = f"incident {uuid4().hex[:8]}"
    with two_tenants.client("analyst", user="ana") as client:
        assert client.get("queries/failures-by-event").json()["metadata"]["hidden"]
        opened = client.get("queries/failures-by-event", headers={"X-Break-Glass": reason})
    assert opened.json()["metadata"]["hidden"] == 0
    (row,) = [one for one in _log(two_tenants, action="api.break-glass") if reason in one["details"]]
    assert row["actor"] == "api:ana"
    with two_tenants.client("viewer") as client:
        assert _code(client.get("queries/failures-by-event", headers={"X-Break-Glass": reason})) == (403, "forbidden")


def test_an_id_is_pseudonymised_before_anything_sees_it(two_tenants: Tenants, on_call: httpx.Client) -> None:
    """A person is found by the id that the app sent, which no log, audit row or file of the gateway ever holds."""
    errors = _rows(on_call.get(f"errors/user/{_PERSON}"))
    assert errors
    subject = errors[0]["subject"]
    assert _rows(on_call.get(f"errors/user/{subject}")) == errors
    assert _rows(on_call.get("queries/user-errors", params={"subject": _PERSON.upper()})) == errors
    timeline = _rows(on_call.get("errors/sessions/session of 0 at acme/timeline"))
    assert {row["event"] for row in timeline} >= {"api_error", "page_load"}
    on_call.get("queries/failures-by-event", params={"service": _PERSON})
    bad = on_call.get("queries/failing-endpoints", params={"limit": _PERSON})
    assert bad.status_code == 400
    assert _PERSON not in bad.text

    def on_record() -> bool:
        shown = _log(two_tenants, action="api.read")
        return any(subject in str(row["details"]) and row["person"] for row in shown)

    until(on_record, "on record")
    for path in (*two_tenants.gateway.data.rglob("*"), two_tenants.gateway.log):
        if path.is_file():
            data = path.read_bytes()
            assert _PERSON.encode() not in data, path
            assert b"session of 0 at acme" not in data, path


def test_every_read_is_on_record(two_tenants: Tenants) -> None:
    """The audit log has who read what, and how many rows, within a moment."""
    with two_tenants.client("analyst", user=(user := f"u{uuid4().hex[:8]}")) as client:
        rows = _rows(client.get("queries/ai-usage", params={"from": "-2d"}))
    (row,) = until(lambda: _log(two_tenants, actor=f"api:{user}"), "on record")
    assert (row["action"], row["outcome"]) == ("api.read", "done")
    assert json.loads(row["rows"]) == {"ai-usage": len(rows)}


def test_one_user_may_ask_so_often_in_an_hour(two_tenants: Tenants) -> None:
    """Past the limit a user is told when to come again; another user is not held up."""
    with two_tenants.client("viewer", user="eager") as client:
        statuses = [client.get("me").status_code for _ in range(HOURLY + 2)]
        assert statuses == [200] * HOURLY + [429] * 2
        last = client.get("me")
        assert _code(last) == (429, "rate_limited")
        assert 0 < int(last.headers["retry-after"]) <= 3600
    with two_tenants.client("viewer") as client:
        assert client.get("me").status_code == 200


def test_answers_and_bodies_have_a_largest_size(two_tenants: Tenants, on_call: httpx.Client) -> None:
    """More rows than configured, or a larger body, are refused with 413."""
    assert _code(on_call.get("queries/failure-trend", params={"from": "-2d", "bucket": 60})) == (413, "too_large")
    assert _code(on_call.post("errors/track", content=b" " * 70_000)) == (413, "too_large")
    chunked = on_call.post("errors/track", content=iter([b" " * 40_000] * 2))
    assert _code(chunked) == (413, "too_large")


def test_wrong_questions_are_refused_with_a_reason(on_call: httpx.Client) -> None:
    """An unknown query, parameter or value, and a window that is none, have a status, a code and words."""
    assert _code(on_call.get("queries/none")) == (404, "no_such_query")
    assert _code(on_call.get("nowhere")) == (404, "not_found")
    for parameters in ({"nothing": 1}, {"from": "now"}, {"from": "soon"}, {"limit": -1}, {"limit": "1e9"}):
        answer = on_call.get("queries/failing-endpoints", params=parameters)
        assert _code(answer) == (400, "bad_request")
    assert on_call.get("queries/failing-endpoints?limit=1&limit=2").status_code == 400
    assert _code(on_call.get("dashboard/failures", params={"limit": 1})) == (400, "bad_request")
    assert _code(on_call.put("me")) == (405, "method_not_allowed")


def test_a_reported_error_passes_all_processors(two_tenants: Tenants, on_call: httpx.Client) -> None:
    """An error that is posted is stored like any event: redacted, of a pseudonym, and seen by who listens."""
    with on_call.stream("GET", "realtime/stream") as stream:
        lines = stream.iter_lines()
        next(line for line in lines if line.startswith("data"))
        # Two looks, so that what was there before is known.
        next(line for line in lines if line.startswith("data"))
        event = {
            "event": "db_error",
            "service": "acme-api",
            "consent": AGREED,
            "data": {"message": "no such user bob@acme.example", "user_id": "bob@acme.example"},
        }
        posted = on_call.post("errors/track", json=event)
        assert posted.status_code == 202, posted.text
        id_ = posted.json()["data"]["event_id"]
        kind = next(line for line in lines if line.startswith("id") and id_ in line)
        assert next(lines) == "event: error", kind
        row = json.loads(next(lines).removeprefix("data: "))
    assert (row["event_id"], row["event"]) == (id_, "db_error")
    assert "bob" not in json.dumps(row)
    assert row["message"].startswith("no such user [")
    assert len(row["subject"]) == 32
    assert _log(two_tenants, action="api.track")
    for wrong in ({"event": "page_load"}, {"event": "made_up"}, {"event": "db_error", "data": {"event_id": "x"}}):
        assert on_call.post("errors/track", json=wrong).status_code == 400


def test_viewers_hear_figures_only(two_tenants: Tenants) -> None:
    """A viewer's stream has figures without small groups, and no single error."""
    with two_tenants.client("viewer") as client, client.stream("GET", "realtime/stream") as stream:
        lines = stream.iter_lines()
        events = [next(line for line in lines if line.startswith("event")) for _ in range(3)]
    assert events == ["event: metrics"] * 3


def test_a_resolution_is_redacted_and_on_record(two_tenants: Tenants, on_call: httpx.Client) -> None:
    """Who is on call resolves a pattern in words, of which personal data is taken out before they are kept."""
    pattern = next(row for row in _rows(on_call.get("queries/high-impact-errors")) if row["fingerprint"])
    path = f"errors/{pattern['fingerprint']}/resolve"
    done = on_call.post(path, json={"resolution": "told eve@acme.example, rolled back"})
    assert done.json()["data"]["resolution"] == "told [email], rolled back"
    shown = next(
        row for row in _rows(on_call.get("errors/impact/high")) if row["fingerprint"] == pattern["fingerprint"]
    )
    assert (shown["resolved"], shown["resolution"]) == (True, "told [email], rolled back")
    assert "eve@" not in json.dumps(_rows(on_call.get("errors/resolutions")))
    assert any(pattern["fingerprint"] in str(row["details"]) for row in _log(two_tenants, action="api.resolve"))
    on_call.post(path, json={"resolution": "it is back", "resolved": False})
    shown = next(
        row for row in _rows(on_call.get("errors/impact/high")) if row["fingerprint"] == pattern["fingerprint"]
    )
    assert not shown["resolved"]
    assert on_call.post("errors/of-no-form/resolve", json={"resolution": "x"}).status_code == 400
    assert on_call.post(path, json={"resolution": "x" * 501}).status_code == 422


def test_streams_end_when_their_listener_leaves(two_tenants: Tenants) -> None:
    """A user has so many streams at a time; one that is closed makes room."""
    with two_tenants.client("viewer") as client, ExitStack() as stack:
        opened = [stack.enter_context(client.stream("GET", "realtime/stream")) for _ in range(2)]
        assert [one.status_code for one in opened] == [200, 200]
        refused = client.get("realtime/stream")
        assert _code(refused) == (429, "streams")
        assert refused.headers["retry-after"]
        opened[0].close()

        def again() -> bool:
            with client.stream("GET", "realtime/stream") as stream:
                return stream.status_code == 200

        until(again, "room for a stream")


def test_a_person_is_exported_and_erased(two_tenants: Tenants) -> None:
    """All rows of a person come as lines of JSON; after an erasure nothing is left, and a receipt says so."""
    whom = {"ids": ["11@acme.example"], "wait": 10}
    with two_tenants.client("privacy-officer", user="petra") as client:
        lines = [json.loads(line) for line in client.post("subjects/export", json=whom).text.splitlines()]
        assert lines[-1]["rows"]["lift_events"] == len([one for one in lines[:-1] if one["table"] == "lift_events"]) > 2
        erased = client.post("subjects/erase", json=whom).json()["data"]
        assert erased["receipt"]
        assert client.post("subjects/verify", json=whom).json()["data"]["left"]["clickhouse/acme"] == {}
        receipts = client.post("subjects/history", json={"ids": whom["ids"]}).json()["data"]
        assert receipts["count"] == 1
        assert receipts["problems"] == []
        assert _code(client.post("subjects/history", json={})) == (403, "tenant")
    assert {row["actor"] for row in _log(two_tenants, action="subject erase")} == {"api:petra"}


def test_what_concerns_all_tenants_is_for_none(two_tenants: Tenants) -> None:
    """Where a gateway has several tenants, its jobs, figures and settings are shown to no single one's staff."""
    with two_tenants.client("admin") as client:
        for path in ("admin/jobs", "admin/pipeline", "admin/config"):
            assert _code(client.get(path)) == (403, "tenant")

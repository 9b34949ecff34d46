"""The ledger of running gateways: by command, across gateways, and on what is stored."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_process
from command_line import gateway_file, message_of, otel_lift
from gateways import HOST, PROCESSORS, Gateway, gateway, query, until
from numbered_load import GrpcClient

from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.keys import KeyRing, create

ID = "erika@example.org"
SECOND = 1_000_000_000


def behaviour(person: str, at: int, event: str = "feature_used", **attributes: bool) -> bytes:
    """Write a request of one event; `at` is in Unix nanoseconds."""
    request: Any = REQUESTS[Signal.LOGS]()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.time_unix_nano, record.event_name = at, f"lift.{event}"
    record.attributes.add(key="user.id").value.string_value = person
    for category, granted in attributes.items():
        record.attributes.add(key=f"lift.consent.{category}").value.bool_value = granted
    return bytes(request.SerializeToString())


def send(running: Gateway, *payloads: bytes) -> None:
    """Send requests one after another."""
    client = GrpcClient(running.ports["grpc"])
    for payload in payloads:
        assert client.send(payload)
    client.close()


def consent(running: Gateway | Path, *arguments: str) -> str:
    """Run `otel-lift consent` and answer what it prints."""
    file = running.file if isinstance(running, Gateway) else running
    done = otel_lift("consent", *arguments, "-c", file)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(text: str) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def when(nanoseconds: int) -> str:
    """Write a time as a person does."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(nanoseconds // SECOND))


def entries_of(folder: Path) -> int:
    """Count the entries of a gateway's ledger."""
    file = folder / "consent" / "ledger.log"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_commands_ask_and_change_the_ledger_of_a_running_gateway(tmp_path: Path) -> None:
    """A grant and a withdrawal hold when the command returns; show answers by both times; no id is kept anywhere."""
    now = time.time_ns()
    began = now - 3600 * SECOND
    with gateway(tmp_path) as running:
        consent(running, "grant", ID, "--category", "analytics", "--at", when(began), "--proof", "form 7")
        send(running, behaviour(ID, now - 1800 * SECOND))
        until(lambda: query(running.ports["sql"], "SELECT 1 FROM lift_events WHERE event = 'feature_used'"), "stored")
        asked = when(time.time_ns())
        until(lambda: when(time.time_ns()) != asked, "the next second")
        before = when(time.time_ns())
        consent(running, "withdraw", ID, "--category", "analytics", "--category", "marketing", "--at", when(now))
        send(running, behaviour(ID, now + SECOND), behaviour(ID, now - 900 * SECOND))

        entries = lines(consent(running, "history", ID, "--json"))
        assert [(entry["category"], entry["granted"]) for entry in entries] == [
            ("analytics", True),
            ("analytics", False),
            ("marketing", False),
        ]
        assert (entries[0]["source"], entries[0]["proof"]) == ("command", "form 7")
        assert entries[0]["event_time"] == began // SECOND * SECOND
        assert {entry["gateway"] for entry in entries} == {(running.data / "gateway").read_text().strip()}

        def effects(*arguments: str) -> dict[str, str]:
            (shown,) = lines(consent(running, "show", ID, "--json", *arguments))
            return {answer["category"]: answer["effect"] for answer in shown["answers"]}

        assert effects() == {"analytics": "denies", "marketing": "denies"}
        assert effects("--known-at", before) == {"analytics": "grants"}
        assert effects("--known-at", before, "--at", when(began - 10 * SECOND)) == {"analytics": "nothing"}
        assert effects("--tenant", "other") == {}
        assert "withdrawn from" in consent(running, "show", ID)
        audited = until(
            lambda: query(running.ports["sql"], "SELECT action, person FROM lift_audit WHERE action LIKE 'consent%'"),
            "audit",
        )
        assert {len(person) for _, person in audited} == {32}
        assert running.terminate() == 0
        kept = {path for path in tmp_path.rglob("*") if path.is_file() and ID.encode() in path.read_bytes()}
        assert not kept


def test_commands_work_without_a_gateway(tmp_path: Path) -> None:
    """What is written while nothing runs is in the store too; what cannot be right is said and not written."""
    file = gateway_file(tmp_path)
    consent(file, "grant", ID, "--category", "marketing", "--source", "form")
    assert [entry["source"] for entry in lines(consent(file, "history", ID, "--json"))] == ["form"]
    for arguments, message in (
        (("--proof", ID), "--proof may be personal"),
        (("--at", "tomorrow"), "is no time"),
        (("--at", when(time.time_ns() + 3600 * SECOND)), "--at is not between"),
    ):
        said = message_of(otel_lift("consent", "withdraw", ID, "--category", "marketing", *arguments, "-c", file))
        assert message in said
        assert arguments[0] == "--proof" or ID not in said
    assert entries_of(tmp_path / "data") == 1


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Gateway, Gateway, int]]:
    """Run two gateways with the same keys over one server; answers them and the server's port."""
    keys = tmp_path / "keys" / "shared.keys"
    create(keys)
    with server_process(tmp_path / "server", "--write") as port:
        made = []
        for name in ("one", "two"):
            processors = dict.fromkeys(PROCESSORS) | {
                "pseudonyms": {"keys": {"file": str(keys)}, "shared": True},
                "consent": {"ledger": {"follow_interval": 0.5, "purge_interval": 0.5, "late": 2}},
            }
            made.append(Gateway(tmp_path / name, dsn=f"clickhouse://{HOST}:{port}/shared", processors=processors))
        one, other = made
        with one, other:
            one.start()
            other.start()
            yield one, other, port


def test_a_withdrawal_at_one_gateway_holds_at_the_other_and_on_what_both_store(
    two: tuple[Gateway, Gateway, int], tmp_path: Path
) -> None:
    """Within 5 s the other gateway drops; what either stored since is purged, rows of before stay, late ones come."""
    one, other, port = two
    ring = KeyRing.parse((tmp_path / "keys" / "shared.keys").read_text(), "keys")
    subject = ring.subject(ID)
    now = time.time_ns()
    withdrawn = now - 600 * SECOND

    def stored() -> list[int]:
        # the event's time in tens of seconds after the withdrawal
        sql = f"SELECT intDiv(toUnixTimestamp64Nano(event_time) - {withdrawn}, {10 * SECOND}) FROM shared.lift_events"
        found = query(port, f"{sql} WHERE subject = '{subject}' AND event = 'feature_used'")
        return sorted(int(row[0]) for row in found)

    send(one, behaviour(ID, now - 3600 * SECOND, "user_consent_update", analytics=True))
    until(lambda: entries_of(other.data) == 1, "the grant at the other gateway", 5)
    send(one, behaviour(ID, withdrawn - 100 * SECOND), behaviour(ID, withdrawn + 100 * SECOND))
    send(other, behaviour(ID, withdrawn - 200 * SECOND), behaviour(ID, withdrawn + 200 * SECOND))
    send(other, behaviour(ID, withdrawn + 300 * SECOND, analytics=True))
    until(lambda: stored() == [-20, -10, 10, 20, 30], "stored")

    send(one, behaviour(ID, withdrawn, "user_consent_update", analytics=False))
    until(lambda: entries_of(other.data) == 2, "the withdrawal at the other gateway", 5)
    send(other, behaviour(ID, withdrawn + 110 * SECOND), behaviour(ID, withdrawn - 110 * SECOND))
    send(other, behaviour(ID, withdrawn + 400 * SECOND, analytics=True))
    until(lambda: stored() == [-20, -10, 30, 40], "what was stored since is purged")
    counter = "consent_purged_rows"
    until(lambda: one.total(counter) + other.total(counter) >= 4, "counted in lift_events and otel_logs")
    assert one.logged("took back in clickhouse") or other.logged("took back in clickhouse")
    assert query(port, "SELECT count() > 0 FROM shared.lift_audit WHERE action = 'consent purge'")[0][0]


def test_what_still_lay_in_a_gateways_spool_is_purged_when_it_comes(two: tuple[Gateway, Gateway, int]) -> None:
    """Rows that a gateway took before it knew of a withdrawal, and could not send, go when they have been sent."""
    one, other, port = two
    now = time.time_ns()
    send(one, behaviour(ID, now - 3600 * SECOND, "user_consent_update", analytics=True))
    until(lambda: entries_of(other.data) == 1, "the grant at the other gateway")
    kept = behaviour(ID, now - 700 * SECOND)
    other.kill("store")
    store = until(lambda: other.child("store"), "a store process")
    store.suspend()
    send(other, behaviour(ID, now - 500 * SECOND), kept)
    consent(one, "withdraw", ID, "--category", "analytics", "--at", when(now - 600 * SECOND))
    looked = "SELECT count() FROM shared.lift_consent"
    until(lambda: query(port, looked)[0][0] in {"2", 2}, "the withdrawal in the store")
    assert entries_of(other.data) == 1
    store.resume()
    until(lambda: entries_of(other.data) == 2, "the withdrawal at the other gateway")

    def remaining() -> bool:
        sql = "SELECT toUnixTimestamp64Nano(event_time) FROM shared.lift_events WHERE event = 'feature_used'"
        return [int(row[0]) for row in query(port, sql)] == [now - 700 * SECOND]

    until(lambda: other.spooled() == 0 and remaining(), "only what was before the withdrawal")


def test_a_purge_that_was_ended_goes_on(tmp_path: Path) -> None:
    """However often the store process ends while it applies withdrawals, all are applied, and no row doubled."""
    now = time.time_ns()
    people = [f"person-{number}@example.org" for number in range(10)]
    both = {"analytics": True, "essential": True}
    options = {"ledger": {"purge_interval": 0.2, "late": 1}}
    with Gateway(tmp_path, processors=dict.fromkeys(PROCESSORS) | {"consent": options}) as running:
        running.start()
        for person in people:
            send(
                running,
                behaviour(person, now - 3600 * SECOND, "user_consent_update", **both),
                behaviour(person, now - 60 * SECOND),
                behaviour(person, now - 60 * SECOND, "api_error"),
            )

        def found(condition: str) -> int:
            try:
                return int(query(running.ports["sql"], f"SELECT count() FROM lift_events WHERE {condition}")[0][0])
            except (OSError, RuntimeError):
                return -1

        until(lambda: found("subject != '' AND event IN ('feature_used', 'api_error')") == 20, "stored")
        withdrawn = dict.fromkeys(both, False)
        send(running, *(behaviour(person, now - 120 * SECOND, "user_consent_update", **withdrawn) for person in people))
        for _ in range(2):
            until((running.data / "rights" / "settings.json").exists, "a purge at work")
            running.kill("store")
            until(lambda: running.child("store"), "a store process")
        until(lambda: found("event = 'feature_used'") == 0, "behaviour deleted", 120)
        until(lambda: found("subject = '' AND event = 'api_error'") == found("event = 'api_error'") == 10, "anonymous")

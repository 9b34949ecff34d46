"""The control socket: the same answers with a gateway and without, and what becomes of clients that misbehave."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_process
from command_line import message_of, otel_lift
from gateways import Gateway, gateway, until
from numbered_load import ClientLog, GrpcClient, send_all, spans
from probe_component import SECRET, install

from otel_lift.errors import (
    ConfigError,
    OtelLiftError,
    PermanentError,
    ShuttingDownError,
    StoreError,
    StoreUnavailableError,
    TooLargeError,
)
from otel_lift.jobs import calling, client, perform
from otel_lift.jobs.wire import LONGEST_REQUEST, SOCKET, address, line, read


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "packages", monkeypatch)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Gateway]:
    """Run a gateway with the embedded store."""
    with gateway(tmp_path, processors={"pseudonyms": None, "probe": None}) as made:
        yield made


def _answers(file: Path, name: str, **arguments: Any) -> list[Any]:
    """Answer all that an operation yields, and the error that ended it."""
    answers: list[Any] = []
    try:
        answers.extend(perform(file, name, arguments))
    except OtelLiftError as error:
        answers.append((type(error), str(error)))
    return answers


def _all(file: Path) -> dict[str, list[Any]]:
    pieces = ["ü\u2028\n", {"a": [1, None]}, "x" * 3_000_000]
    return {
        "echo": _answers(file, "probe echo", pieces=pieces, rows={"otel_logs": 3}),
        "count": _answers(file, "probe count"),
        "keys": _answers(file, "probe keys"),
        "fail": _answers(file, "probe fail"),
        "unknown": _answers(file, "probe nothing"),
    }


def test_an_operation_answers_alike_with_a_gateway_and_without(running: Gateway) -> None:
    """Answers, large ones too, and errors are equal through the socket and in the command's own process."""
    sender, log = GrpcClient(running.ports["grpc"], "traces"), ClientLog()
    send_all(sender, log, spans, 2)
    sender.close()
    until(lambda: running.total("exported_rows") >= 6, "all is stored")
    through = _all(running.file)
    assert running.terminate() == 0
    assert not (running.data / "run" / SOCKET).exists()
    assert through == _all(running.file)
    assert through["echo"][2] == {"piece": "x" * 3_000_000, "pair": [1, 2]}
    assert through["count"] == [{"clickhouse": 6}]
    assert len(through["keys"][0]["keys"]) == 1
    assert through["fail"][1] == (StoreError, f"the store refused: {SECRET}")
    assert through["unknown"][0][0] is ConfigError


def test_only_the_user_reaches_the_socket_and_a_bad_request_harms_nobody(running: Gateway) -> None:
    """The socket has mode 0600; bytes that are no request, and one that is too long, get an error and nothing else."""
    path = running.data / "run" / SOCKET
    until(path.exists, "the socket is there")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for request in (b"\x00\xff garbage\n", b"[1]\n", line({"operation": 3}), b"x" * LONGEST_REQUEST + b"\n"):
        with socket.socket(socket.AF_UNIX) as raw, address(path.parent) as where:
            raw.connect(where)
            raw.sendall(request)
            with raw.makefile("rb") as file:
                greeting, answer = read(file), read(file)
        assert greeting is not None
        assert answer is not None
        assert answer["error"]["class"] == "PermanentError"
    with socket.socket(socket.AF_UNIX) as silent, address(path.parent) as where:
        silent.connect(where)
    with pytest.raises(PermanentError, match="ValueError"):
        list(perform(running.file, "probe fail", {"unexpected": True}))
    assert running.logged("an operation failed: ValueError in probe_component.py")
    assert not running.logged(SECRET)
    with pytest.raises(TooLargeError):
        list(perform(running.file, "probe echo", {"pieces": ["x" * LONGEST_REQUEST]}))
    assert _answers(running.file, "probe count") == [{"clickhouse": 0}]


def test_a_data_folder_with_a_long_name_has_a_socket_too(tmp_path: Path) -> None:
    """Where the socket's path is longer than the system takes, commands reach the gateway all the same."""
    folder = tmp_path / "/".join(["a-folder-with-a-long-name"] * 8)
    with gateway(folder, processors={"probe": None}) as running:
        path = running.data / "run" / SOCKET
        until(path.exists, "the socket is there")
        assert len(os.fsencode(path)) > 108
        (answer,) = perform(running.file, "jobs", {})
        assert answer["running"]


def test_an_operation_ends_with_its_client(running: Gateway) -> None:
    """A client that goes away ends its operation at the next answer, which is audited as failed; others go on."""
    leaving, staying = (perform(running.file, "probe endless", {}) for _ in range(2))
    assert "tick" in next(leaving)
    assert "tick" in next(staying)
    leaving.close()  # type: ignore[attr-defined]  # a generator
    until((running.data / "ended").exists, "the operation has ended")
    assert "tick" in next(staying)

    def failed() -> list[Any]:
        answers = perform(running.file, "audit", {"action": "probe endless"})
        return [entry for answer in answers for entry in answer.get("entries", ())]

    (entry,) = until(failed, "it is in the audit log")
    assert (entry["outcome"], entry["details"]["error"]) == ("failed", "the caller went away")


def test_a_gateway_that_ends_tells_its_clients(running: Gateway) -> None:
    """An operation that a stop cuts short raises ShuttingDownError, one that a crash does StoreUnavailableError."""
    endless = perform(running.file, "probe endless", {})
    next(endless)
    assert running.kill("store")
    with pytest.raises(StoreUnavailableError, match="ended before 'probe endless' was done"):
        list(endless)
    endless = perform(running.file, "probe endless", {})
    next(endless)
    stopping = threading.Thread(target=running.terminate)
    stopping.start()
    with pytest.raises(ShuttingDownError):
        list(endless)
    stopping.join()


def test_a_gateway_waits_for_a_command_that_works_on_its_folder(tmp_path: Path) -> None:
    """While a command works on the stores itself, a gateway that starts takes data, and exports once that is done."""
    with Gateway(tmp_path, processors={"probe": None}) as made:
        working = perform(made.file, "probe endless", {})
        next(working)
        made.start()
        sender, log = GrpcClient(made.ports["grpc"], "traces"), ClientLog()
        send_all(sender, log, spans, 2)
        sender.close()
        until(lambda: made.logged("works on the data folder"), "the store process waits")
        until(lambda: made.spooled() > 0, "data is taken")
        working.close()  # type: ignore[attr-defined]  # a generator
        until(lambda: made.total("exported_rows") == 6, "all is stored")
        assert made.terminate() == 0


def test_a_store_that_another_process_has_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that can neither ask nor open says which process is in the way, and changes nothing."""
    with Gateway(tmp_path, processors={"probe": None}) as made:
        with server_process(made.data / "store"):
            message = message_of(otel_lift("jobs", "-c", made.file))
            assert "is open in another process (pid" in message
        made.start()
        until((made.data / "run" / SOCKET).exists, "the socket is there")
        store = made.child("store")
        assert store is not None
        monkeypatch.setattr(client, "_PATIENCE", 0.2)
        monkeypatch.setattr(calling, "_PATIENCE", 0.2)
        store.suspend()
        with pytest.raises(StoreUnavailableError, match="busy"):
            list(perform(made.file, "jobs", {}))
        (made.data / "run" / SOCKET).unlink()
        with pytest.raises(StoreUnavailableError, match=f"process {store.pid} has the data folder"):
            list(perform(made.file, "jobs", {}))
        store.resume()

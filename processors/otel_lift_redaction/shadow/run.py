"""The command's side of a trial: it asks, waits, gathers what the processes report, and takes its files away."""

import fcntl
import json
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from otel_lift.config import ServiceConfig, split_endpoint
from otel_lift.errors import ConfigError
from otel_lift.private_files import make_once
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.shadow.request import FOLDER, LOCK, REPORTS, REQUEST, Request, carried
from otel_lift_redaction.shadow.tally import Tally

__all__ = ["rehearse"]

_GRACE = 3.0  # seconds that the last reports may take
_LOOK_AGAIN = 0.1
_PAGE_TIMEOUT = 5.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server listens, not where we do


def rehearse(
    service: ServiceConfig,
    processor: str,
    candidate: RedactionConfig,
    *,
    seconds: float,
    share: float,
    begun: Callable[[], None],
) -> Tally | None:
    """Try a candidate beside a running gateway's processor; answer the sums of all its processes, None if none told.

    `begun` is called when the gateway has been asked. An interrupt (Ctrl-C) ends it before its time. Raises ConfigError
    where no gateway runs, or another trial does.
    """
    _must_run(service)
    folder = service.data / FOLDER
    with _locked(folder):
        _clear(folder)
        request = Request(
            id=secrets.token_hex(8),
            processor=processor,
            end=time.time() + seconds,
            share=share,
            settings=carried(candidate),
        )
        try:
            make_once(folder / REQUEST, yaml.safe_dump(request.model_dump(mode="json")).encode())
            begun()
            _wait(folder, request)
            return _sum(_reports(folder, request))
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be used ({error.strerror}); run this as the gateway's user") from error
        finally:
            _clear(folder)


def _must_run(service: ServiceConfig) -> None:
    host, port = split_endpoint(service.health.endpoint)
    if not port:
        raise ConfigError(
            "service.health.endpoint: has port 0, so whether the gateway runs cannot be seen; name a port"
        )
    host = _ANY.get(host, host)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=_PAGE_TIMEOUT):
            pass
    except urllib.error.HTTPError as error:
        error.close()  # it runs, and is not well
    except OSError as error:
        raise ConfigError(
            f"no gateway answers at {address} (service.health.endpoint): start it with `otel-lift run`, "
            "or name the configuration that it runs with"
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this command alone; the system lets go when the command ends, however it ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be used ({error.strerror}); run this as the gateway's user") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError("another candidate runs as a shadow of this gateway: wait for its end, or end it") from None
    else:
        yield
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Take away the request and all reports, those of a command that was killed too."""
    for file in [*folder.glob(REQUEST), *folder.glob("*.json"), *folder.glob(".*.*")]:
        file.unlink(missing_ok=True)


def _wait(folder: Path, request: Request) -> None:
    try:
        _until(lambda: time.time() >= request.end, request.end - time.time())
    except KeyboardInterrupt:
        # seen by each process with its next batch; what was counted until a second ago is in the reports
        (folder / REQUEST).unlink(missing_ok=True)
    _until(lambda: all(report["ended"] or not _alive(report) for report in _reports(folder, request)), _GRACE)


def _until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN)


def _reports(folder: Path, request: Request) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in folder.glob(REPORTS.format(id=request.id))]


def _alive(report: dict[str, Any]) -> bool:
    try:
        os.kill(report["process"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _sum(reports: list[dict[str, Any]]) -> Tally | None:
    whole = Tally()
    for report in reports:
        whole.merge(Tally.from_json(report))
    return whole if reports else None

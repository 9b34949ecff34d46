"""`otel-lift doctor`."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from otel_lift.cli.console import ConfigOption, output
from otel_lift.config import Configuration, load, split_endpoint
from otel_lift.errors import OtelLiftError
from otel_lift.implementations import VARIABLE, running
from otel_lift.pipeline import Services
from otel_lift.service.ports import endpoints, refusal
from otel_lift.spool import spool_stats

__all__ = ["doctor"]

_LITTLE_SPACE = 2.0  # free disk, in multiples of what the spool may still grow by


class _Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a check saw, and what to do about it."""

    verdict: _Verdict
    what: str
    remedy: str = ""


def doctor(config: ConfigOption) -> None:
    """Check ports, disk, keys, spool and store, and say what to do; exit code 1 if something is bad."""
    settings = load(config)
    findings = [
        *_configuration(settings),
        *_kernel(),
        *_ports(settings),
        *_data(settings.service.data, settings.service.spool.max_bytes),
        *_components(settings),
    ]
    table = Table("", "what", "what to do")
    colours = {_Verdict.GOOD: "green", _Verdict.LOOK: "yellow", _Verdict.BAD: "red"}
    for finding in findings:
        colour = colours[finding.verdict]
        table.add_row(f"[{colour}]{finding.verdict}[/]", escape(finding.what), escape(finding.remedy))
    output.print(table)
    if any(finding.verdict is _Verdict.BAD for finding in findings):
        raise typer.Exit(1)


def _configuration(settings: Configuration) -> Iterator[_Finding]:
    yield _Finding(_Verdict.GOOD, f"the configuration {settings.file} is valid")
    for warning in settings.warnings:
        yield _Finding(_Verdict.LOOK, str(warning))


def _kernel() -> Iterator[_Finding]:
    if running("otel_lift.kernel") == "native":
        yield _Finding(_Verdict.GOOD, "the kernel is compiled")
    else:
        yield _Finding(
            _Verdict.LOOK,
            "the kernel is the pure one, many times slower than the compiled one",
            f"unset {VARIABLE}, or install otel-lift again where a C compiler is",
        )


def _running(endpoint: str) -> bool:
    """Say whether a gateway, and not just anything, answers at the address of its health pages."""
    with suppress(OSError, HTTPException, ValueError), closing(HTTPConnection(*split_endpoint(endpoint), 2)) as page:
        page.request("GET", "/healthz")
        return "processes" in json.load(page.getresponse())
    return False


def _ports(settings: Configuration) -> Iterator[_Finding]:
    service = settings.service
    if _running(service.health.endpoint):
        yield _Finding(_Verdict.GOOD, f"a gateway runs and answers at {service.health.endpoint}")
        return
    for path, endpoint in endpoints(settings):
        error = refusal(path, endpoint)
        if error:
            what, _, remedy = str(error).partition("; ")
            yield _Finding(_Verdict.BAD, what, remedy)
        else:
            yield _Finding(_Verdict.GOOD, f"{path}: {endpoint} is free")


def _data(folder: Path, spool_limit: int) -> Iterator[_Finding]:
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    if not os.access(existing, os.W_OK):
        yield _Finding(_Verdict.BAD, f"{existing} cannot be written", "give the gateway's user the folder")
        return
    stats = spool_stats(folder / "spool")
    free = shutil.disk_usage(existing).free
    room = spool_limit - stats.bytes
    if free < room * _LITTLE_SPACE:
        yield _Finding(
            _Verdict.LOOK,
            f"{free >> 20} MiB are free where the data lies; the spool alone may take {room >> 20} MiB more",
            "lower service.spool.max_bytes, or give the folder more disk",
        )
    else:
        yield _Finding(_Verdict.GOOD, f"{free >> 20} MiB are free for {folder}")
    yield _Finding(
        _Verdict.LOOK if stats.oldest_age > 60 else _Verdict.GOOD,
        f"the spool holds {stats.segments} segments, {stats.bytes} bytes, the oldest {stats.oldest_age:.0f} s old",
        "the store does not take them: see what the gateway logs of its exporter" if stats.oldest_age > 60 else "",
    )
    if stats.quarantined:
        yield _Finding(
            _Verdict.BAD, f"{stats.quarantined} damaged segments are in the spool's quarantine", "see docs/on-call.md"
        )


def _components(settings: Configuration) -> Iterator[_Finding]:
    """Ask each processor and exporter that has something to say of its own state."""
    for configured in (*settings.processors.values(), *settings.exporters.values()):
        services = Services(name=configured.id, data=settings.service.data)
        try:
            for line in configured.component.examine(configured.config, services):
                yield _Finding(_Verdict.GOOD, f"{configured.id}: {line}")
        except OtelLiftError as error:
            yield _Finding(_Verdict.BAD, f"{configured.id}: {error}")

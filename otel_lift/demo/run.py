"""The demo from its start to its summary."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

from rich.console import Console
from rich.live import Live

from otel_lift.demo.folder import fresh_folder
from otel_lift.demo.ports import Ports
from otel_lift.demo.stage import CONFIG, Stage
from otel_lift.demo.summary import Report
from otel_lift.demo.view import View, commands

__all__ = ["Options", "run"]

_REDRAW = 0.5
_LINE_EVERY = 4.0
_ROTATE_AFTER = 20.0
"""Seconds between two drawings on a terminal, between two lines elsewhere, and until the pseudonym key changes."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a demo runs: its data folder, how many seconds (None: until interrupted), visitors a second, and the seed."""

    data: Path
    seconds: float | None
    rate: float
    seed: int


def run(options: Options, console: Console) -> Report:
    """Run a demo, print what it shows and its summary, and answer the report.

    SIGINT and SIGTERM end it early, with the summary. Raises `ConfigError` if it cannot start or a process dies.
    """
    ports = Ports.from_environment()
    ports.check()
    data = fresh_folder(options.data)
    console.print(f"starting a gateway, with its data in {data}, and a small app", highlight=False)
    with _interrupts() as stop, Stage(data, ports, rate=options.rate, seed=options.seed) as stage:
        console.print(f"ready: look at [bold cyan]http://{ports.at('api')}[/] in a browser", highlight=False)
        console.print("or try a command in another terminal, while it runs:", highlight=False)
        for command in commands(ports, _program()):
            console.print(f"  [cyan]{command}[/]", highlight=False, soft_wrap=True)
        stage.open()
        _show(stage, options, ports, console, stop)
        console.print("no more visitors; what is on its way is stored, and all of it looked through", highlight=False)
        report = stage.finish()
    console.print(report.render())
    console.print(
        f"The data stays in {data} until the next demo. To look at it again:\n"
        f"  [cyan]OTEL_LIFT_DATA={data} {_program()} run -c {CONFIG}[/]",
        highlight=False,
        soft_wrap=True,
    )
    return report


def _program() -> str:
    """Answer how this shell finds `otel-lift`: by name, or where `make` has put it."""
    return "otel-lift" if shutil.which("otel-lift") else os.path.relpath(Path(sys.executable).with_name("otel-lift"))


def _show(stage: Stage, options: Options, ports: Ports, console: Console, stop: threading.Event) -> None:
    """Show the run until its time is over or somebody interrupts it; on the way the pseudonym key changes."""
    started = time.monotonic()
    end = started + (options.seconds if options.seconds is not None else float("inf"))
    rotate_at = started + min(_ROTATE_AFTER, (end - started) / 2)
    notes: list[str] = []
    screen = _Screen(console)
    with screen:
        while not stop.wait(min(screen.pause, max(end - time.monotonic(), 0))) and time.monotonic() < end:
            stage.check()
            now = time.monotonic()
            if not notes and now >= rotate_at:
                stage.rotate_key()
                notes.append(f"{now - started:.0f} s: a new pseudonym key, and the gateway reloads under load")
                screen.note(notes[-1])
            screen.draw(View(stage.observer.snapshot, stage.traffic.tally, now - started, notes, ports))


class _Screen:
    """A live page on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._next_line = time.monotonic()
        self.pause = _REDRAW

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def note(self, text: str) -> None:
        """Say something once; the live page shows it anyway."""
        if self._live is None:
            self._console.print(text, highlight=False)

    def draw(self, view: View) -> None:
        """Show all of the view or, if it is time for one, its line."""
        if self._live is not None:
            self._live.update(view.page(), refresh=True)
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _LINE_EVERY
            self._console.print(view.line(), highlight=False, soft_wrap=True)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Answer an event that the first SIGINT or SIGTERM sets; the second one ends the demo at once."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def interrupt(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

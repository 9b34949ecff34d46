"""What every child process does alike: logging, its signals, its word to the supervisor."""

import json
import logging
import os
import signal
import sys
import threading
from typing import Any

__all__ = ["set_up_logging", "tell_ready", "tell_trouble", "until_told_to_stop"]


def set_up_logging(level: str, process: str) -> None:
    """Log to standard error, one line a message, with the process's name."""
    logging.basicConfig(
        level={"warn": "WARNING"}.get(level, level.upper()),
        format=f"%(asctime)s %(levelname)-7s {process} %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )


def tell_ready(**details: Any) -> None:
    """Tell the supervisor that this process serves, and on which ports."""
    _tell({"ready": details})


def tell_trouble(trouble: str) -> None:
    """Tell the supervisor what keeps this process from serving; an empty text once nothing does."""
    _tell({"trouble": trouble})


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def until_told_to_stop() -> threading.Event:
    """Answer an event that is set on SIGTERM, on SIGINT, and when the supervisor is gone (standard input closed)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_watch_supervisor, args=(stop,), name="supervisor-watch", daemon=True).start()
    return stop


def _watch_supervisor(stop: threading.Event) -> None:
    # Raw reads: a buffered reader that is blocked at interpreter exit holds a lock that shutdown needs.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()

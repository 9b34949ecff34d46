"""Serve one embedded store and nothing else: ``python -m otel_lift.store.endpoint --path DIR --port N [--write]``.

Ends on SIGTERM, SIGINT, or when its standard input is closed.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from otel_lift.store.dsn import Dsn
from otel_lift.store.endpoint.server import serve_endpoint
from otel_lift.store.store import open_store

__all__ = ["main"]


def main() -> None:
    """Serve until told to stop; prints the port once it listens."""
    parser = argparse.ArgumentParser(prog="python -m otel_lift.store.endpoint")
    parser.add_argument("--path", type=Path, required=True, help="folder of the embedded store")
    parser.add_argument("--database", default="otel")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123, help="0 takes any free port")
    parser.add_argument("--write", action="store_true", help="allow statements of any kind")
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with open_store(Dsn.parse(f"chdb://{arguments.path.resolve()}?database={arguments.database}")) as store:
        endpoint = serve_endpoint(
            store, arguments.host, arguments.port, token=os.environ.get("OTEL_LIFT_SQL_TOKEN"), write=arguments.write
        )
        sys.stdout.write(f"{endpoint.port}\n")
        sys.stdout.flush()
        threading.Thread(target=_wait_for_end, args=(stopped,), daemon=True).start()
        stopped.wait()
        endpoint.stop()


def _wait_for_end(stopped: threading.Event) -> None:
    sys.stdin.buffer.read()
    stopped.set()


if __name__ == "__main__":
    main()

"""A ClickHouse server that keeps nothing: greets clients, swallows inserts, counts them. In a process of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from benchmarks.environment import SITE_PACKAGES
from benchmarks.native_format import describe, hello

__all__ = ["NullSink", "null_sink"]

_CHUNK = 1 << 20
_DESCRIBE = re.compile(r"DESC(?:RIBE)? TABLE (?:\S+\.)?[\"`]?(\w+)")
_counted = {"inserts": 0, "bytes": 0}


@dataclass(frozen=True, slots=True)
class NullSink:
    """A running sink on `port` of the loopback address."""

    port: int

    def counted(self) -> tuple[int, int]:
        """Answer how many inserts came, and their bytes as they were sent."""
        with urlopen(f"http://127.0.0.1:{self.port}/counted", timeout=60) as page:
            found = json.load(page)
        return found["inserts"], found["bytes"]


@contextmanager
def null_sink() -> Iterator[NullSink]:
    """Run a sink on a free port."""
    command = [sys.executable, "-m", "benchmarks.sinks"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, SITE_PACKAGES))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield NullSink(int(process.stdout.readline()))
        finally:
            process.kill()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(json.dumps(_counted).encode() if self.path == "/counted" else b"Ok.\n")

    def do_POST(self) -> None:
        options = parse_qs(urlsplit(self.path).query)
        start, size = self._body()
        statement = options["query"][0] if "query" in options else start[:_CHUNK].decode("utf-8", "replace")
        statement = statement.lstrip()
        revision = int(options.get("client_protocol_version", ["0"])[0])
        if statement[:6].upper() == "INSERT":
            _counted["inserts"] += 1
            _counted["bytes"] += size
            self._answer(b"")
        elif statement.startswith("SELECT displayName()"):
            self._answer(hello(revision))
        elif found := _DESCRIBE.match(statement):
            self._answer(describe(found[1], revision))
        else:
            self._answer(b"26.9.1.1\tUTC\n" if statement.upper().startswith("SELECT VERSION()") else b"")

    def _body(self) -> tuple[bytes, int]:
        """Read the body; answers the start of it, where a short statement would stand, and its size in bytes."""
        kept, total = b"", 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunk = self.rfile.read(size + 2)
                kept, total = kept or chunk[:-2], total + size
            self.rfile.readline()
            return kept, total
        left = total = int(self.headers.get("Content-Length", 0))
        while left:
            chunk = self.rfile.read(min(left, _CHUNK))
            kept = kept or chunk
            left -= len(chunk)
        return kept, total

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__":
    server = _Server(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
